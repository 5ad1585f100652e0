"""The pages' templates and their translations, as the build compiles them: what is wrong with them does not compile."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from built import make

SOURCES = Path(__file__).resolve().parents[2]
PAGES = SOURCES / "app/orgd/pages"
LAYOUT = "<html><head><title>{{> title}}</title></head><body>\n{{> content}}\n</body></html>\n"
TITLE = "{{#title}}<t>A title</t>{{/title}}\n"


def generate(directory, part, *templates):
    """What templates.awk makes of files in this directory."""
    return subprocess.run(["awk", "-v", f"part={part}", "-f", PAGES / "templates.awk", *templates], cwd=directory,
                          capture_output=True, text=True)


@pytest.fixture
def templates(tmp_path):
    """A copy of the templates, to be changed."""
    for template in PAGES.glob("*.html"):
        shutil.copy(template, tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def compiler(build_directory):
    """The command that compiles a handler of pages, but for its source."""
    rule = ("compiler: ; $(info $(CC) $(DEFS) -I$(abs_builddir) $(app_orgd_librequest_a_CPPFLAGS) $(CPPFLAGS)"
            " $(AM_CFLAGS) $(CFLAGS))@:")
    make("app/orgd/pages/style_css.h")
    command = subprocess.run(["make", "-s", "--no-print-directory", "-C", build_directory, f"--eval={rule}",
                              "compiler"], check=True, capture_output=True, text=True).stdout
    return shlex.split(command)


def compile_handler(build_directory, compiler, templates):
    """Compiles sign_in.c with the header of these templates: what the compiler says, or ''."""
    names = ["layout.html", *sorted(path.name for path in templates.glob("*.html") if path.name != "layout.html")]
    made = generate(templates, "header", *names)
    assert made.returncode == 0, made.stderr
    (templates / "pages").mkdir()
    (templates / "pages/templates.h").write_text(made.stdout, "utf-8")
    done = subprocess.run([compiler[0], f"-I{templates}", *compiler[1:], "-fsyntax-only", PAGES / "sign_in.c"],
                          cwd=build_directory, capture_output=True, text=True)
    assert (done.returncode == 0) == (done.stderr == ""), done.stderr
    return done.stderr


def change(templates, old, new):
    path = templates / "sign_in.html"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_handler_compiles_with_its_template(build_directory, compiler, templates):
    assert compile_handler(build_directory, compiler, templates) == ""


def test_a_hole_that_the_handler_does_not_fill_does_not_compile(build_directory, compiler, templates):
    change(templates, "<form", "{{nickname}}<form")
    assert "a hole of the template is not filled" in compile_handler(build_directory, compiler, templates)


def test_a_hole_that_the_template_does_not_have_does_not_compile(build_directory, compiler, templates):
    change(templates, "{{username}}", "")
    assert re.search("no member named .username|does not refer to any field .*username",
                     compile_handler(build_directory, compiler, templates))


def test_a_hole_under_another_name_does_not_compile(build_directory, compiler, templates):
    change(templates, "{{username}}", "{{user_name}}")
    assert compile_handler(build_directory, compiler, templates)


@pytest.mark.shows("V5.2.6, V5.3.3")
@pytest.mark.parametrize(("html", "complaint"), [
    ("<p>{{name}}</p>", None),
    ("<p class='{{name}}'>", None),
    ("{{#if is_good}}<p>{{else}}<b>{{/if}}", None),
    ("<p title=\"a{{#if name}}b{{/if}}c\">", None),
    ("<p>{{name</p>", "is not closed"),
    ("<p>{{Name}}</p>", "is not understood"),
    ("<p>{{a b}}</p>", "is not understood"),
    ("<p>{{#unless name}}</p>", "is not understood"),
    ("<p>nothing</p>", "no holes"),
    ("<p {{name}}>", "no hole can be filled safely"),
    ("<p title={{name}}>", "no hole can be filled safely"),
    ("<{{name}}>", "no hole can be filled safely"),
    ("<script>{{name}}</script>", "no hole can be filled safely"),
    ("<style>{{name}}</style>", "no hole can be filled safely"),
    ("<p onclick=\"{{name}}\">", "no hole can be filled safely in the attribute onclick"),
    ("<p style=\"{{name}}\">", "no hole can be filled safely in the attribute style"),
    ("<a href=\"/a/{{name}}\">", "must be at its beginning"),
    ("<a href=\"{{name}}{{other}}\">", "must be at its beginning"),
    ("{{#if name}}<p>", "is not closed"),
    ("{{name}}{{/if}}", "without {{#if}}"),
    ("{{name}}{{else}}", "without {{#if}}"),
    ("{{#each one in ones}}{{one.name}}{{else}}{{/each}}", "without {{#if}}"),
    ("{{#if name}}<p title=\"{{/if}}x\">", "different places"),
    ("{{#if name}}<p{{else}}<p>{{/if}}", "different places"),
    ("{{name}}<p title=\"", "inside of a tag"),
    ("{{#if is_good}}{{is_good}}{{/if}}", "is a flag, and no text"),
    ("{{#each one in many}}{{one.name}}{{/each}}", "is called ones"),
    ("{{one.name}}", "outside of {{#each"),
    ("{{#each one in ones}}{{#each two in twos}}{{two.a}}{{/each}}{{/each}}", "in {{#each}}"),
    ("{{ones}}{{#each one in ones}}{{one.a}}{{/each}}", "is used as a text and as a list"),
    ("<t>{{name}}", "<t> is not closed"),
    ("<t>{{name}} <b title=\"{{name}}\"></b></t>", "stands in a tag in <t>"),
    ("<t>{{#if name}}a{{/if}}</t>", "cannot stand in <t>"),
    ("<p title=\"<t>a</t>\">{{name}}", "stands in a tag"),
])
def test_what_cannot_be_compiled_is_refused(tmp_path, html, complaint):
    (tmp_path / "layout.html").write_text(LAYOUT, "utf-8")
    (tmp_path / "some.html").write_text(TITLE + html + "\n", "utf-8")
    made = generate(tmp_path, "source", "layout.html", "some.html")
    assert (made.returncode != 0) == (complaint is not None), made.stderr
    assert complaint is None or (complaint in made.stderr and made.stderr.startswith("some.html: "))


def test_there_is_no_html_in_c():
    for path in [*SOURCES.glob("lib/**/*.c"), *SOURCES.glob("app/**/*.c")]:
        strings = re.findall(r'"(?:[^"\\\n]|\\.)*"', path.read_text("utf-8"))
        assert [string for string in strings if re.search(r"</?(p|h1|form|input|div|strong|html|dl)\b", string)] == [], path


# Translations


def compile_translation(path):
    return subprocess.run(["awk", "-f", PAGES / "po/catalogues.awk", path], capture_output=True, text=True)


@pytest.fixture
def translation(tmp_path):
    """A new translation in which nothing is translated yet."""
    path = tmp_path / "de.po"
    subprocess.run(["msginit", "--no-translator", "--locale=de", "--input", PAGES / "po/orgd.pot", "--output", path],
                   check=True, capture_output=True)
    return path


def test_a_new_translation_is_a_good_one(translation):
    subprocess.run(["msgfmt", "--check", "--output-file=/dev/null", translation], check=True)


def pseudo(text):
    """A text that nobody mistakes for English, with its tags and holes."""
    return "".join(part if part[:1] in "<{" else re.sub(r"[aeiou]", "ö", part)
                   for part in re.split(r"(<[^>]*>|\{\{[^}]*\}\})", text))


def test_everything_can_be_translated(translation):
    """Each text has a translation in C that is other than itself, and msgfmt takes the file as well."""
    text = translation.read_text("utf-8")
    subprocess.run(["msgcat", "--no-wrap", "--output-file", translation, translation], check=True)
    lines, english = [], ""
    for line in translation.read_text("utf-8").split("\n"):
        found = re.match(r'(msgid|msgid_plural|msgstr(?:\[\d\])?) "(.*)"$', line)
        if found and found[1].startswith("msgid"):
            english = found[2]
        elif found and english:
            line = f'{found[1]} "{pseudo(english)}"'
        lines.append(line)
    translation.write_text("\n".join(lines), "utf-8")
    subprocess.run(["msgfmt", "--check", "--output-file=/dev/null", translation], check=True)
    made = compile_translation(translation)
    assert made.returncode == 0, made.stderr
    entries = re.findall(r'^    \{"((?:[^"\\]|\\.)*)", \(const char \*const\[\]\)\{"((?:[^"\\]|\\.)*)"', made.stdout,
                         re.MULTILINE)
    assert len(entries) == len(re.findall(r"^msgid ", text, re.MULTILINE)) - 1
    assert all(english != other for english, other in entries)


@pytest.mark.parametrize(("english", "other", "complaint"), [
    ("a <b>{{name}}</b>", "{{name}} <b>ä</b>", None),
    ("a <b>{{name}}</b>", "ä <b></b>", "other {{holes}}"),
    ("a {{name}}", "ä {{name}} {{name}}", "other {{holes}}"),
    ("a {{name}}", "ä {{mane}}", "other {{holes}}"),
    ("a <b>c</b>", "ä <i>c</i>", "other tags"),
    ("a", "ä <script>", "other tags"),
    ("a", "ä < b", "other tags"),
])
def test_a_translation_keeps_tags_and_holes(tmp_path, english, other, complaint):
    path = tmp_path / "de.po"
    path.write_text(f'msgid ""\nmsgstr ""\n"Language: de\\n"\n\nmsgid "{english}"\nmsgstr "{other}"\n', "utf-8")
    made = compile_translation(path)
    assert (made.returncode != 0) == (complaint is not None)
    assert complaint is None or complaint in made.stderr


@pytest.mark.parametrize(("content", "complaint"), [
    ('msgid "a\n', "without a quote"),
    ('msgctxt "a"\n', "contexts are not used"),
    ("nonsense\n", "is not understood"),
    ('msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=system(n);\\n"\n', "Plural-Forms is not understood"),
])
def test_what_is_no_translation_is_refused(tmp_path, content, complaint):
    (tmp_path / "de.po").write_text(content, "utf-8")
    made = compile_translation(tmp_path / "de.po")
    assert made.returncode != 0 and complaint in made.stderr
