# Makes the reference of the API: fills reference.html with what the API's document says, and writes it as C, in pieces
# that end where a request has to say something.
#
#   awk -f json.awk -f fields.awk -f curl.awk -f reference.awk reference.html openapi.json
#
# Holes of the template: {{> contents}}, {{> operations}}, {{> errors}}, {{> oauth_errors}}, {{> headers}} and
# {{> objects}} are filled here; {{public_url}}, {{shell_url}} (within single quotes of a shell), {{mount}} and
# {{stylesheet}} when the page is served, as reference.c says.

FNR == NR { template = template $0 "\n"; next }
{ json_line($0) }

END {
    without_comments()
    operations = all_operations()
    fill("errors", shared_errors())
    fill("oauth_errors", errors_of_oauth())
    fill("headers", headers_of_answers())
    fill("objects", objects())
    fill("operations", operations)
    fill("contents", contents())
    fill("version", escaped(value["info", "version"]))
    write_pieces()
}

function without_comments(    start)
{
    while ((start = index(template, "<!--")) > 0)
        template = substr(template, 1, start - 1) substr(template, index(template, "-->") + 4)
}

function fill(name, by,    hole, start)
{
    hole = "{{> " name "}}"
    if ((start = index(template, hole)) == 0) {
        print "reference.html has no " hole > "/dev/stderr"
        exit 1
    }
    template = substr(template, 1, start - 1) by substr(template, start + length(hole))
}

function escaped(text)
{
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    gsub(/"/, "\\&quot;", text)
    return text
}

function code(text)
{
    return "<code>" escaped(text) "</code>"
}

function link(id, text)
{
    return "<a href=\"#" id "\">" text "</a>"
}

function title_of(summary)
{
    sub(/\.$/, "", summary)
    return escaped(summary)
}

# Answers and errors

function answer_body(status, response,    content)
{
    content = content_of(response)
    if (content == "" || status + 0 >= 400)
        return ""
    return media_type_of(response) == "text/html" ? "a page" : type_of(content SUBSEP "schema") \
        (count[response, "content"] > 1 ? ", or a page" : "")
}

function capital(text)
{
    return toupper(substr(text, 1, 1)) substr(text, 2)
}

function answer_headers(response,    text, name, i)
{
    for (i = 1; i <= count[response, "headers"]; i++) {
        name = key[response, "headers", i]
        if (name != "X-Request-Id")
            text = text (text == "" ? "" : ", ") link("header-" name, code(name))
    }
    return text == "" ? "" : "with " text
}

# An answer that is no error, or a page that says what went wrong.
function answer(status, response,    body, headers)
{
    body = answer_body(status, response)
    headers = answer_headers(response)
    return "<dt>" code(status) "</dt><dd>" escaped(value[response, "description"]) \
        (body headers == "" ? "" : "<br>" capital(body (body != "" && headers != "" ? ", " : "") headers) ".") "</dd>\n"
}

# What is shared has a sentence and an example among the errors; so it is a link here.
function error(status, response,    text, path, name, i)
{
    path = content_of(resolved(response)) SUBSEP "examples"
    for (i = 1; i <= count[path]; i++) {
        name = key[path, i]
        note_error(status, name, response)
        text = text "<li>" link(error_id(status, name), status " " name) "</li>\n"
    }
    return text
}

# Some names stand for several statuses.
function error_id(status, name)
{
    return "error-" status "-" name
}

# Remembers where an error's example stands, by its status and in the order of the document.
function note_error(status, name, response)
{
    if ((status, name) in error_place)
        return
    error_place[status, name] = response
    error_names[status, ++error_count[status]] = name
}

function responses(operation,    path, status, response, answers, errors, i)
{
    path = operation SUBSEP "responses"
    for (i = 1; i <= count[path]; i++) {
        status = key[path, i]
        response = path SUBSEP status
        if (status + 0 >= 400 && content_of(resolved(response)) SUBSEP "examples" in kind)
            errors = errors error(status, response)
        else if (status != "default")
            answers = answers answer(status, resolved(response))
    }
    return "<h4>Answers</h4>\n<dl class=\"statuses\">\n" answers "</dl>\n" \
        (errors == "" ? "" : "<h4>Errors</h4>\n<ul class=\"errors\">\n" errors "</ul>\n")
}

# Examples

function first_response(operation)
{
    return operation SUBSEP "responses" SUBSEP key[operation, "responses", 1]
}

# True of what people use: an address for browsers.
function is_page(operation,    i, path)
{
    path = operation SUBSEP "responses"
    for (i = 1; i <= count[path]; i++)
        if (media_type_of(path SUBSEP key[path, i]) == "text/html")
            return 1
    return 0
}

# True of a form that its own page alone can send. An authorization request needs no page (RFC 6749, 3.1).
function needs_form_token(operation,    example)
{
    example = content_of(operation SUBSEP "requestBody") SUBSEP "example"
    return (example, "form_token") in value && !((example, "response_type") in value)
}

function examples(operation,    response, content, status)
{
    response = first_response(operation)
    content = content_of(response)
    status = needs_form_token(operation) ? 403 : key[operation, "responses", 1]
    return "<h4>Request</h4>\n<pre class=\"curl\"><code>" curl(operation) "</code></pre>\n<h4>Answer " \
        "<b class=\"status\">" status "</b></h4>\n" \
        (status == 403 ? "<p>A form of a page needs the token that the page has; curl has none.</p>\n" \
        : content != "" && media_type_of(response) == "application/json" \
        ? "<pre><code>" escaped(json_text(content SUBSEP "example", "", 52)) "</code></pre>\n" : "")
}

# Operations

function method_mark(operation,    method)
{
    method = method_of(operation)
    return "<b class=\"" method "\">" toupper(method) "</b>"
}

function purpose(operation)
{
    return "<p>" escaped(value[operation, "description"]) (count[operation, "security"] == 0 ? "" \
        : " Needs a " link("authentication", "credential") ".") "</p>\n"
}

# A long path breaks before a parameter.
function path_mark(operation,    path)
{
    path = code(url_path_of(operation))
    gsub(/\{/, "<wbr>{", path)
    return path
}

function operation_section(operation,    id)
{
    id = value[operation, "operationId"]
    return "<section class=\"operation\" id=\"" id "\">\n<div>\n<h3>" link(id, title_of(value[operation, "summary"])) \
        "</h3>\n<p class=\"path\">" method_mark(operation) " " path_mark(operation) "</p>\n" \
        purpose(operation) parameters(operation, "path", "Path") \
        parameters(operation, "query", "Query") parameters(operation, "header", "Headers") request_body(operation) \
        responses(operation) "</div>\n<div class=\"examples\">\n" examples(operation) "</div>\n</section>\n"
}

function all_operations(    text, i)
{
    for (i = 1; i <= count["tags"]; i++)
        text = text tag_section("tags" SUBSEP i)
    return text
}

# What is left out where there is no /metrics.
function left_out(is_of_metrics, text)
{
    return is_of_metrics ? "{{metrics}}" text "{{end_of_metrics}}" : text
}

function tag_section(tag,    name, text, list, toc, operation, path, is_of_metrics, i, k)
{
    name = value[tag, "name"]
    for (i = 1; i <= count["paths"]; i++) {
        path = "paths" SUBSEP key["paths", i]
        for (k = 1; k <= count[path]; k++) {
            operation = path SUBSEP key[path, k]
            if (value[operation, "tags", 1] != name)
                continue
            is_of_metrics = key["paths", i] == "/metrics"
            list = list left_out(is_of_metrics, "<li>" link(value[operation, "operationId"], \
                method_mark(operation) " " path_mark(operation)) "</li>\n")
            toc = toc left_out(is_of_metrics, "<li>" link(value[operation, "operationId"], \
                title_of(value[operation, "summary"])) "</li>\n")
            text = text left_out(is_of_metrics, operation_section(operation))
        }
    }
    in_contents[name] = "<ul>\n" toc "</ul>\n"
    return "<section id=\"" name "\">\n<h2>" link(name, capital(name)) "</h2>\n" \
        "<p>" escaped(value[tag, "description"]) "</p>\n<ul class=\"endpoints\">\n" list "</ul>\n" text "</section>\n"
}

# What operations share

# Of the sentences in a description, the one about this error.
function sentence_of(description, name,    start)
{
    start = index(description, name ": ")
    if (start == 0)
        return description
    description = capital(substr(description, start + length(name) + 2))
    start = match(description, / [A-Z][A-Za-z]*: /)
    return start > 0 ? substr(description, 1, start - 1) : description
}

function shared_error(status, name,    response)
{
    response = resolved(error_place[status, name])
    return "<dt id=\"" error_id(status, name) "\">" code(status) " " name "</dt>\n<dd>" \
        escaped(sentence_of(value[response, "description"], name)) "<pre><code>" \
        escaped(json_text(content_of(response) SUBSEP "examples" SUBSEP name SUBSEP "value", "", 110)) \
        "</code></pre></dd>\n"
}

function error_of_oauth(status, name,    path)
{
    path = content_of(error_place[status, name]) SUBSEP "examples" SUBSEP name SUBSEP "value"
    return "<dt id=\"" error_id(status, name) "\">" code(status) " " name "</dt>\n<dd>" \
        escaped(value[path, "error_description"]) "</dd>\n"
}

function errors_with(is_oauth,    text, status, name, i)
{
    for (status = 400; status < 600; status++)
        for (i = 1; i <= error_count[status]; i++) {
            name = error_names[status, i]
            if ((name ~ /^[a-z]/) == is_oauth)
                text = text (is_oauth ? error_of_oauth(status, name) : shared_error(status, name))
        }
    return "<dl>\n" text "</dl>\n"
}

function shared_errors()
{
    return errors_with(0)
}

function errors_of_oauth()
{
    return errors_with(1)
}

function headers_of_answers(    text, path, name, i)
{
    path = "components" SUBSEP "headers"
    for (i = 1; i <= count[path]; i++) {
        name = key[path, i]
        text = text "<dt id=\"header-" name "\">" code(name) "</dt>\n" description_of(path SUBSEP name)
    }
    return "<dl>\n" text "</dl>\n"
}

# What answers link to: bodies of requests stand where they are sent, errors have examples.
function objects(    text, toc, path, name, i)
{
    path = "components" SUBSEP "schemas"
    for (i = 1; i <= count[path]; i++)
        fields(path SUBSEP key[path, i], 1) # which may link to others
    for (i = 1; i <= count[path]; i++) {
        name = key[path, i]
        if (!(name in is_linked))
            continue
        toc = toc "<li>" link(name, name) "</li>\n"
        text = text "<section id=\"" name "\">\n<h3>" link(name, name) "</h3>\n" fields(path SUBSEP name, 1) \
            "</section>\n"
    }
    in_contents["objects"] = "<ul>\n" toc "</ul>\n"
    return text
}

# The contents: the sections of the page in their order, and what is in some of them.
function contents(    text, rest, id, title)
{
    rest = template
    while (match(rest, /<h2><a href="#[a-z-]*">/)) {
        id = substr(rest, RSTART + 14, RLENGTH - 16)
        rest = substr(rest, RSTART + RLENGTH)
        title = substr(rest, 1, index(rest, "<") - 1)
        text = text "<li>" link(id, title) in_contents[id] "</li>\n"
    }
    return "<ul>\n" text "</ul>"
}

# Writing

function literal(text,    lines, count_of_lines, out, i)
{
    gsub(/\\/, "&&", text)
    gsub(/"/, "\\\"", text)
    count_of_lines = split(text, lines, "\n")
    for (i = 1; i <= count_of_lines; i++)
        out = out (i > 1 ? "\n" : "") "\"" lines[i] (i < count_of_lines ? "\\n\"" : "\"")
    return out
}

function write_pieces(    start, end, name, flag)
{
    print "/* Made by reference.awk from reference.html and docs/openapi.json. */"
    print "static const struct reference_piece reference[] = {"
    flag = "false"
    while ((start = index(template, "{{")) > 0) {
        end = index(template, "}}")
        name = substr(template, start + 2, end - start - 2)
        print "{" literal(substr(template, 1, start - 1)) ", " (name ~ /metrics$/ ? "NULL" : "add_" name) ", " flag "},"
        if (name ~ /metrics$/)
            flag = name == "metrics" ? "true" : "false"
        template = substr(template, end + 2)
    }
    print "{" literal(template) ", NULL, false},\n};"
}
