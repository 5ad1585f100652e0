# Compiles translations into C: a catalogue of lib/web/catalogue.h for each file, whose name is its language.
#
#   awk -f catalogues.awk de.po pt_BR.po ...
#
# What is fuzzy or not translated yet stays English. A translation has the tags and the {{holes}} of its text.

function fail(why)
{
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    failed = 1
    exit 1
}

BEGIN {
    print "/* Made by catalogues.awk from the translations. */"
    print "#include \"web/catalogue.h\"\n"
    print "/* As translators write it. */\n#pragma GCC diagnostic ignored \"-Wparentheses\""
}

FNR == 1 {
    finish_file()
    language = FILENAME
    sub(/.*\//, "", language)
    sub(/\.po$/, "", language)
    gsub(/_/, "-", language)
    if (language !~ /^[A-Za-z0-9-]+$/)
        fail("the file is not named after a language")
    languages[++file_count] = language
    form_count = 1
    form_of = "0"
    printf "\nstatic const struct catalogue_entry entries_%d[] = {\n", file_count
}

{ sub(/\r$/, "") }

/^#,.*fuzzy/ { finish_entry(); is_fuzzy = 1; next }
/^#/ { finish_entry(); next }
/^[ \t]*$/ { finish_entry(); next }
/^msgctxt / { fail("contexts are not used here") }
/^msgid_plural / { part = "plural"; take(); next }
/^msgid / { finish_entry(); part = "id"; has_entry = 1; take(); next }
/^msgstr\[[0-9]\] / { part = substr($0, 8, 1); take(); next }
/^msgstr / { part = "0"; take(); next }
/^"/ { take(); next }
{ fail("this line is not understood") }

END {
    if (failed)
        exit 1
    finish_file()
    print "\nconst struct catalogue *const catalogues[] = {"
    for (i = 1; i <= file_count; i++)
        printf "    &catalogue_%d,\n", i
    print "    NULL,\n};"
}

# Adds what stands between the quotes; its escapes are those of C.
function take(    text)
{
    text = $0
    sub(/^[^"]*"/, "", text)
    if (!sub(/"[ \t]*$/, "", text))
        fail("a text ends without a quote")
    string[part] = string[part] text
    if (part == "plural")
        is_plural = 1
}

function finish_entry(    i, is_complete)
{
    if (!has_entry)
        return
    is_complete = !is_fuzzy
    for (i = 0; i < (is_plural ? form_count : 1); i++)
        if (string[i] == "")
            is_complete = 0
    if (string["id"] == "")
        read_header()
    else if (is_complete)
        write_entry()
    split("", string)
    has_entry = is_fuzzy = is_plural = 0
}

function read_header(    text)
{
    text = string[0]
    if (!match(text, /Plural-Forms:[^\\]*/))
        return
    text = substr(text, RSTART, RLENGTH)
    if (text !~ /nplurals *= *[1-9] *; *plural *= *[n0-9 %!=<>&|?:()]+;? *$/)
        fail("Plural-Forms is not understood")
    form_count = text
    sub(/.*nplurals *= */, "", form_count)
    form_count += 0
    form_of = text
    sub(/.*plural *= */, "", form_of)
    sub(/; *$/, "", form_of)
}

function write_entry(    i)
{
    printf "    {\"%s\", (const char *const[]){", string["id"]
    for (i = 0; i < (is_plural ? form_count : 1); i++) {
        check(string[i] "", is_plural ? string["plural"] "" : string["id"] "")
        printf "%s\"%s\"", (i > 0 ? ", " : ""), string[i]
    }
    print "}},"
}

# A form of a plural may say a number in words.
function check(text, english)
{
    if (marks(text, "<[^>]*>?") != marks(english, "<[^>]*>?"))
        fail("other tags than in the English text: " text)
    if (is_plural && marks(text, "{{[^}]*}}") == "")
        return
    if (marks(text, "{{[^}]*}}") != marks(english, "{{[^}]*}}"))
        fail("other {{holes}} than in the English text: " text)
}

# All that matches, sorted, as one text.
function marks(text, pattern,    found, count, i, k, one, all)
{
    gsub(/{/, "[{]", pattern)
    gsub(/}}/, "[}][}]", pattern)
    while (match(text, pattern)) {
        one = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        for (k = ++count; k > 1 && found[k - 1] > one; k--)
            found[k] = found[k - 1]
        found[k] = one
    }
    for (i = 1; i <= count; i++)
        all = all found[i]
    return all
}

function finish_file()
{
    finish_entry()
    if (file_count == 0)
        return
    printf "    {NULL, NULL},\n};\n\nstatic size_t form_of_%d(unsigned long n)\n{\n", file_count
    printf "    size_t form = (size_t)(%s);\n\n    (void)n;\n    return form < %d ? form : 0;\n}\n", form_of, form_count
    printf "\nstatic const struct catalogue catalogue_%d = {\"%s\", form_of_%d, entries_%d};\n", file_count,
        languages[file_count], file_count, file_count
}
