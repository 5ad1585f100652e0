# Compiles the pages' templates into C. The first file is the layout, each other one a page:
#
#   awk -v part=header -f templates.awk layout.html sign_in.html ...     (part=source for the functions)
#
# A template is HTML with
#
#   {{name}}                                a text, escaped by where it stands: in text or an attribute, in a URL
#   {{#if name}} ... {{else}} ... {{/if}}   if the text is there, or if the flag (is_, has_, may_) is true
#   {{#each item in items}} ... {{/each}}   for each element of a list, whose texts are {{item.name}}
#   {{frame.name}}                          what every page has: a member of struct page_frame
#   <t> ... </t>                            a text that is translated; holes in it stand in text, not in a tag
#   {{#title}} ... {{/title}}               the page's title, which the layout takes by {{> title}}; what remains is
#                                           taken by {{> content}}
#   {{> stylesheet}}                        the stylesheet
#
# Each page x.html gives a struct x_page of its holes, the macro X_PAGE(), which compiles only if every hole is given,
# and x_page_show().
#
# Mails are made in the same way, of two files each, after two layouts:
#
#   awk -v part=header -v medium=mail -f templates.awk mail_layout.txt mail_layout.html x.txt x.html ...
#
# In a .txt file nothing is escaped, <t> is no HTML, and {{#title}} is the mail's subject. The two give a struct x_mail, the
# macro X_MAIL(), x_mail_write() and x_mail_add() (lib/domain/mail/mail.h).

function fail(why)
{
    printf "%s: %s\n", file, why > "/dev/stderr"
    failed = 1
    exit 1
}

FNR == 1 {
    files[++file_count] = FILENAME
}

# Indentation is the author's. A line of directives alone leaves no line behind.
{
    line = $0
    sub(/^[ \t]+/, "", line)
    sub(/[ \t]+$/, "", line)
    rest = line
    gsub(/\{\{(#[^}]*|\/[^}]*|else)\}\}/, "", rest)
    is_left = rest != "" || (line == "" && FILENAME ~ /\.txt$/)
    texts[FILENAME] = texts[FILENAME] line (is_left ? "\n" : "")
}

END {
    if (failed)
        exit 1
    if (medium == "")
        medium = "page"
    text_layout = without_comments(texts[files[1]])
    layout = without_comments(texts[files[medium == "mail" ? 2 : 1]])
    begin_output()
    for (f = medium == "mail" ? 3 : 2; f <= file_count; f++) {
        file = files[f]
        is_text = file ~ /\.txt$/
        compile(without_comments(texts[file]))
        if (is_text)
            continue
        if (member_count == 0)
            fail("it has no holes")
        if (part == "header")
            write_header()
        else
            write_source()
    }
    if (part == "header")
        print "\n#endif"
}

function without_comments(text,    start, end)
{
    while ((start = index(text, "<!--")) > 0) {
        end = index(substr(text, start), "-->")
        text = substr(text, 1, start - 1) substr(text, start + (end == 0 ? length(text) : end + 2))
    }
    sub(/^\n+/, "", text)
    return text
}

function replace(text, what, by,    start)
{
    start = index(text, what)
    if (start == 0)
        fail("the layout has no " what)
    while ((start = index(text, what)) > 0)
        text = substr(text, 1, start - 1) "\001" substr(text, start + length(what))
    while ((start = index(text, "\001")) > 0)
        text = substr(text, 1, start - 1) by substr(text, start + 1)
    return text
}

# What stands between {{#title}} and {{/title}} goes to `title`; returns the rest.
function cut_title(text,    start, end)
{
    start = index(text, "{{#title}}")
    end = index(text, "{{/title}}")
    if (start == 0 || end < start)
        fail("it has no {{#title}} ... {{/title}}")
    title = substr(text, start + 10, end - start - 10)
    gsub(/\n/, "", title)
    return substr(text, 1, start - 1) substr(text, end + 10)
}

# One page

function compile(text,    content, name)
{
    name = file
    sub(/.*\//, "", name)
    sub(/\.(html|txt)$/, "", name)
    if (medium == "mail" && !is_text && page != name "_mail")
        fail("it does not follow " name ".txt")
    if (medium == "page" || is_text)
        forget_page()
    page = name "_" medium
    content = cut_title(text)
    sub(/^\n+/, "", content)
    sub(/\n$/, "", content)
    if (is_text) {
        bodies["subject"] = compile_part(title)
        bodies["text"] = compile_part(replace(text_layout, "{{> content}}", content))
        return
    }
    text = replace(replace(layout, "{{> title}}", title), "{{> content}}", content)
    has_form = index(text, "<form") > 0
    bodies["html"] = compile_part(text)
}

# Returns the statements that write a text.
function compile_part(text)
{
    body = literal = element = attribute = value = ""
    depth = 0
    place = "text"
    indent = "    "
    parse(text)
    if (depth > 0)
        fail("{{#" block_kind[depth] "}} is not closed")
    if (place != "text")
        fail("it ends inside of a tag")
    flush()
    return body
}

function forget_page(    i)
{
    for (i = 1; i <= member_count; i++)
        delete kind[members[i]]
    for (i in item_member_count)
        delete item_member_count[i]
    for (i in is_item_member)
        delete is_item_member[i]
    member_count = argument_count = 0
}

function parse(text,    start, end, next_t)
{
    while (text != "") {
        start = index(text, "{{")
        next_t = index(text, "<t>")
        if (next_t > 0 && (start == 0 || next_t < start)) {
            end = index(text, "</t>")
            if (end < next_t)
                fail("<t> is not closed")
            walk(substr(text, 1, next_t - 1))
            sentence(substr(text, next_t + 3, end - next_t - 3))
            text = substr(text, end + 4)
        } else if (start > 0) {
            end = index(text, "}}")
            if (end < start)
                fail("{{ is not closed")
            walk(substr(text, 1, start - 1))
            directive(substr(text, start + 2, end - start - 2))
            text = substr(text, end + 2)
        } else {
            walk(text)
            text = ""
        }
    }
}

# Follows HTML as it is, to know where the next hole stands: in text, in a tag, or in the value of an attribute.
function walk(html,    i, c)
{
    literal = literal html
    for (i = 1; i <= length(html) && !is_text; i++) {
        c = substr(html, i, 1)
        if (place == "text" && c == "<") {
            place = "tag"
            element = attribute = ""
            has_element = 0
        } else if (place == "tag" && c == ">") {
            place = tolower(element) ~ /^(style|script)$/ ? "raw" : "text"
        } else if (place == "tag" && (c == "\"" || c == "'")) {
            place = "value"
            quote = c
            value = ""
        } else if (place == "tag") {
            walk_tag(c)
        } else if (place == "value" && c == quote) {
            place = "tag"
            attribute = ""
        } else if (place == "value") {
            value = value c
        } else if (place == "raw" && c == "<") {
            place = "tag"
            element = attribute = ""
            has_element = 0
        }
    }
}

function walk_tag(c)
{
    if (c ~ /[ \n]/) {
        has_element = 1
        attribute = ""
    } else if (!has_element) {
        element = element c
    } else if (c != "=") {
        attribute = attribute c
    }
}

# Directives

function directive(text,    words)
{
    split(text, words, " ")
    if (text ~ /^#if [a-z_]+$/)
        open_if(words[2])
    else if (text == "else")
        open_else()
    else if (text ~ /^#each [a-z_]+ in [a-z_]+$/)
        open_each(words[2], words[4])
    else if (text == "/if" || text == "/each")
        close_block(substr(text, 2))
    else if (text == "> stylesheet")
        statement("layout_add_style(out);")
    else if (text ~ /^[a-z_]+(\.[a-z_]+)?$/)
        statement(adder() "(out, " hole(text) ");")
    else
        fail("{{" text "}} is not understood")
}

function open_block(name, line)
{
    statement(line)
    block_kind[++depth] = name
    block_place[depth] = here()
    indent = indent "    "
}

function open_if(name)
{
    if (name ~ /^(is|has|may)_/) {
        need(name, "flag")
        open_block("if", "if (page->" name ") {")
    } else {
        need(name, "text")
        open_block("if", "if (page->" name ".data != NULL) {")
    }
}

function open_else()
{
    if (depth == 0 || block_kind[depth] != "if")
        fail("{{else}} without {{#if}}")
    same_place()
    flush()
    body = body substr(indent, 5) "} else {\n"
}

function open_each(item, list)
{
    if (item_of != "")
        fail("{{#each}} in {{#each}}")
    if (list != item "s")
        fail("a list of " item " is called " item "s")
    need(list, "list")
    item_of = item
    open_block("each", "for (size_t i = 0; i < page->" item "_count; i++) {")
    body = body indent "const struct " page "_" item " *" item " = &page->" list "[i];\n\n"
}

function close_block(name)
{
    if (depth == 0 || block_kind[depth] != name)
        fail("{{/" name "}} without {{#" name "}}")
    same_place()
    flush()
    indent = substr(indent, 5)
    body = body indent "}\n"
    if (name == "each")
        item_of = ""
    depth--
}

function here()
{
    return place == "value" ? place " of " attribute : place
}

function same_place()
{
    if (block_place[depth] != here())
        fail("a part that may be left out begins and ends in different places of the HTML")
}

# Holes

# The function that escapes for the place where the hole stands.
function adder()
{
    if (is_text)
        return "mail_add_plain"
    if (place == "text")
        return "html_add_text"
    if (place != "value" || tolower(attribute) ~ /^(on.*|style|srcdoc)$/)
        fail("no hole can be filled safely " (place == "value" ? "in the attribute " attribute : "in this tag: quote it"))
    if (tolower(attribute) !~ /^(action|formaction|href|src)$/)
        return "html_add_text"
    if (value != "")
        fail("a hole in " attribute " must be at its beginning")
    value = "{{"
    return "html_add_url"
}

# The C expression for a hole's value.
function hole(name,    parts)
{
    if (name !~ /\./) {
        need(name, "text")
        return "page->" name
    }
    split(name, parts, ".")
    if (parts[1] == "frame")
        return "frame." parts[2]
    if (parts[1] != item_of)
        fail("{{" name "}} stands outside of {{#each " parts[1] " in ...}}")
    need_item(parts[1], parts[2])
    return parts[1] "->" parts[2]
}

function need(name, as)
{
    if (name ~ /^(is|has|may)_/ && as != "flag")
        fail(name " is a flag, and no text")
    if (name in kind) {
        if (kind[name] != as)
            fail(name " is used as a " kind[name] " and as a " as)
        return
    }
    kind[name] = as
    members[++member_count] = name
    argument_count += as == "list" ? 2 : 1
}

function need_item(item, name)
{
    if ((item, name) in is_item_member)
        return
    is_item_member[item, name] = 1
    item_members[item, ++item_member_count[item]] = name
}

# A text that is translated, with its holes by name.
function sentence(text,    rest, values, count, start, end, name)
{
    if (place != "text")
        fail("<t> stands in a tag")
    gsub(/[ \t\n]+/, " ", text)
    gsub(/^ | $/, "", text)
    rest = text
    while ((start = index(rest, "{{")) > 0) {
        end = index(rest, "}}")
        name = substr(rest, start + 2, end - start - 2)
        if (name !~ /^[a-z_]+$/)
            fail("{{" name "}} cannot stand in <t>")
        if (substr(rest, 1, start - 1) ~ /<[^>]*$/)
            fail("{{" name "}} stands in a tag in <t>")
        values = values (count++ > 0 ? ", " : "") "{\"" name "\", " hole(name) "}"
        rest = substr(rest, end + 2)
    }
    text = "catalogue_find(frame.catalogue, " quoted(text) ")"
    if (count == 0)
        statement("buf_add_string(out, " text ");")
    else
        statement((is_text ? "sentence_add" : "html_add_sentence") "(out, " text ",\n" indent \
            "    (const struct sentence_value[]){" values "}, " count (is_text ? ", mail_add_plain" : "") ");")
}

# Writing

function quoted(text)
{
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    gsub(/\n/, "\\n", text)
    return "\"" text "\""
}

function flush(    lines, count, i)
{
    if (literal == "")
        return
    count = split(literal, lines, "\n")
    body = body indent "buf_add_literal(out"
    for (i = 1; i <= count; i++)
        if (i < count || lines[i] != "")
            body = body (i == 1 ? ", " : "\n" indent "    ") quoted(lines[i] (i < count ? "\n" : ""))
    body = body ");\n"
    literal = ""
}

function statement(line)
{
    flush()
    body = body indent line "\n"
}

function begin_output()
{
    print "/* Made by templates.awk from the templates. */"
    if (medium == "mail" && part == "header")
        print "#ifndef ORGD_MAIL_TEMPLATES_H\n#define ORGD_MAIL_TEMPLATES_H\n\n#include \"domain/mail/mail.h\""
    else if (medium == "mail")
        print "#include \"domain/mail/mail_templates.h\"\n\n#include \"web/html.h\""
    else if (part == "header")
        print "#ifndef ORGD_TEMPLATES_H\n#define ORGD_TEMPLATES_H\n\n#include \"pages/layout.h\""
    else
        print "#include \"pages/templates.h\"\n\n#include \"base/buf.h\"\n#include \"web/html.h\""
}

function signature()
{
    if (medium == "mail")
        return "struct mail_texts " page "_write(const struct call *call, const struct mail *mail, const struct " page " *page);" \
            "\nvoid " page "_add(struct db_unit *unit, const struct call *call, const struct mail *mail, const struct " page \
            " *page)"
    return "int " page "_show(struct exchange *exchange, " (has_form ? "const char *form_target, " : "") \
        "const struct " page " *page)"
}

function write_header(    i, k, name, item)
{
    for (i = 1; i <= member_count; i++) {
        if (kind[members[i]] != "list")
            continue
        item = substr(members[i], 1, length(members[i]) - 1)
        printf "\nstruct %s_%s {\n", page, item
        for (k = 1; k <= item_member_count[item]; k++)
            printf "    struct text %s;\n", item_members[item, k]
        print "};"
    }
    printf "\n/* %s.html */\nstruct %s {\n", substr(page, 1, length(page) - 5), page
    for (i = 1; i <= member_count; i++) {
        name = members[i]
        item = substr(name, 1, length(name) - 1)
        if (kind[name] == "list")
            printf "    const struct %s_%s *%s;\n    size_t %s_count;\n", page, item, name, item
        else
            printf "    %s %s;\n", kind[name] == "flag" ? "bool" : "struct text", name
    }
    printf "};\n\n#define %s(...) PAGE_OF(struct %s, %d, __VA_ARGS__)\n\n%s;\n", toupper(page), page, argument_count,
        signature()
}

function write_mail(    name)
{
    name = substr(page, 1, length(page) - 5)
    printf "\nstruct mail_texts %s_write(const struct call *call, const struct mail *mail, const struct %s *page)\n{\n", page, page
    print "    struct mail_frame frame = mail_frame_of(call, mail);\n    struct mail_writing writing = mail_begin();"
    printf "    struct buf *out = &writing.subject;\n\n%s", bodies["subject"]
    printf "    out = &writing.text;\n%s    out = &writing.html;\n%s    return mail_end(call, mail, &writing);\n}\n", bodies["text"],
        bodies["html"]
    printf "\nvoid %s_add(struct db_unit *unit, const struct call *call, const struct mail *mail, const struct %s *page)\n{\n",
        page, page
    printf "    struct mail_texts texts = %s_write(call, mail, page);\n\n    mail_add(unit, call, mail, \"%s\", &texts);\n}\n",
        page, name
}

function write_source()
{
    if (medium == "mail") {
        write_mail()
        return
    }
    printf "\n%s\n{\n", signature()
    printf "    struct page_frame frame = layout_open(exchange, %s);\n", has_form ? "form_target, true" : "NULL, false"
    printf "    struct buf *out = &exchange->response->body;\n\n%s    return 0;\n}\n", bodies["html"]
}
