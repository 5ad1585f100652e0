# Makes the line for curl of an operation, for reference.awk. \001 and \002 stand around what is the reader's own; \003 is
# the public URL.

function quote(text)
{
    gsub(/'/, "'\\''", text)
    return "'" text "'"
}

# Of a form: secrets come from files, since every user of the host sees what stands on a command line.
function form_field(name, text)
{
    if (name == "password" || name == "client_secret")
        return name "@orgd.key"
    if (name == "token")
        return name "@orgd.token"
    if (name ~ /^(client_id|redirect_uri|code|secret)$/)
        text = "\001" text "\002"
    return quote(name "=" text)
}

# A form that only its own page can send is sent empty. Of an authorization request the person's decision is left out.
function form(operation, example,    text, name, i)
{
    if (needs_form_token(operation))
        return " -d ''"
    for (i = 1; i <= count[example]; i++) {
        name = key[example, i]
        if (name != "form_token" && name != "decision")
            text = text " \\\n  --data-urlencode " form_field(name, value[example, name])
    }
    return text
}

# A POST has a body, and its query stands in the URL.
function query(operation,    text, path, i)
{
    for (i = 1; i <= count[operation, "parameters"]; i++) {
        path = operation SUBSEP "parameters" SUBSEP i
        if (value[path, "in"] != "query" || !((path, "example") in value))
            continue
        if (method_of(operation) == "post")
            text = text (text == "" ? "?" : "&") value[path, "name"] "=" value[path, "example"]
        else
            text = text " \\\n  --data-urlencode " form_field(value[path, "name"], value[path, "example"])
    }
    return text == "" || method_of(operation) == "post" ? text : " -G" text
}

function sent_body(operation,    content)
{
    content = content_of(operation SUBSEP "requestBody")
    if (content == "")
        return ""
    if (media_type_of(operation SUBSEP "requestBody") != "application/json")
        return form(operation, content SUBSEP "example")
    return " \\\n  -H 'Content-Type: application/json' \\\n  -d " quote(json_text(content SUBSEP "example", "  ", 52))
}

# GET takes the name of an organization; what changes it takes its id alone.
function example_of(operation, name,    parameter)
{
    parameter = "components" SUBSEP "parameters" SUBSEP name
    if ((parameter, "example") in value)
        return "\001" value[parameter, "example"] "\002"
    if (method_of(operation) == "get")
        return value[parameter, "examples", "name", "value"]
    return "\001" value[parameter, "examples", "id", "value"] "\002"
}

function example_path(operation,    path, done)
{
    path = url_path_of(operation)
    while (match(path, /\{[^}]*\}/)) {
        done = done substr(path, 1, RSTART - 1) example_of(operation, substr(path, RSTART + 1, RLENGTH - 2))
        path = substr(path, RSTART + RLENGTH)
    }
    return done path
}

# A redirect to the sign-in page is followed to that; where there is nothing but a redirect, it is shown.
function follows(operation)
{
    return is_page(operation) && method_of(operation) == "get" && (operation, "responses", "200") in kind
}

function curl(operation,    line, method, sent)
{
    method = method_of(operation)
    sent = sent_body(operation)
    if (method == "post" && sent == "")
        sent = " -d ''"
    if (method != "post")
        sent = sent query(operation)
    line = "curl" (follows(operation) ? " -L" : "")
    if (method != "get" && method != "post")
        line = line " -X " toupper(method)
    if (count[operation, "security"] > 0)
        line = line " -H @orgd.header"
    line = line sent (sent ~ /\n/ ? " \\\n  " : " ") "'\003" example_path(operation) (method == "post" ? query(operation) : "") "'"
    line = escaped(line)
    gsub(/\001/, "<var>", line)
    gsub(/\002/, "</var>", line)
    sub(/\003/, "{{shell_url}}", line)
    return line
}
