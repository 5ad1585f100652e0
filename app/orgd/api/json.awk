# Reads a JSON document as jansson indents it, one thing a line, for reference.awk. What stands at a path is
#
#   value["info", "title"]     a string, or "true", "null", "12"
#   kind["info"]               object, array, string or other
#   count["tags"]              how many members an object or an array has; key["info", 1] names the first of them. The
#                              names in an array are 1, 2, …

function json_line(line,    name, path)
{
    sub(/^ +/, "", line)
    sub(/,$/, "", line)
    if (line ~ /^[]}]$/) {
        json_depth--
        return
    }
    if (kind[json_path[json_depth]] == "object" && match(line, /^"([^"\\]|\\.)*": /)) {
        name = json_string(substr(line, 1, RLENGTH - 2))
        line = substr(line, RLENGTH + 1)
    } else {
        name = count[json_path[json_depth]] + 1
    }
    path = json_depth == 0 ? "" : json_member(json_path[json_depth], name)
    json_add(path, line)
}

function json_add(path, line)
{
    kind[path] = line ~ /^\{/ ? "object" : line ~ /^\[/ ? "array" : line ~ /^"/ ? "string" : "other"
    if (kind[path] == "string")
        value[path] = json_string(line)
    else if (kind[path] == "other")
        value[path] = line
    else if (line ~ /^.$/)
        json_path[++json_depth] = path
}

# Adds a member to the object or array that is open, and returns its path.
function json_member(parent, name)
{
    key[parent, ++count[parent]] = name
    return path_to(parent, name)
}

function path_to(parent, name)
{
    return parent == "" ? name : parent SUBSEP name
}

function json_string(quoted)
{
    quoted = substr(quoted, 2, length(quoted) - 2)
    gsub(/\\\\/, "\004", quoted)
    gsub(/\\"/, "\"", quoted)
    gsub(/\\n/, "\n", quoted)
    gsub(/\004/, "\\", quoted)
    return quoted
}

# Follows references inside of the document.
function resolved(path,    steps, n, i)
{
    while (path_to(path, "$ref") in value) {
        n = split(value[path_to(path, "$ref")], steps, "/")
        path = steps[2]
        for (i = 3; i <= n; i++)
            path = path_to(path, steps[i])
    }
    return path
}

# The value at a path as JSON again: in one line, or indented where that would be longer than this.

function json_quoted(text)
{
    gsub(/\\/, "&&", text)
    gsub(/"/, "\\\"", text)
    gsub(/\n/, "\\n", text)
    return "\"" text "\""
}

function json_label(path, i)
{
    return kind[path] == "object" ? json_quoted(key[path, i]) ": " : ""
}

function json_in_one_line(path,    text, i)
{
    if (kind[path] != "object" && kind[path] != "array")
        return kind[path] == "string" ? json_quoted(value[path]) : value[path]
    for (i = 1; i <= count[path]; i++)
        text = text (i > 1 ? ", " : "") json_label(path, i) json_in_one_line(path_to(path, key[path, i]))
    return kind[path] == "object" ? "{" text "}" : "[" text "]"
}

function json_text(path, indent, longest,    line, text, i)
{
    line = json_in_one_line(path)
    if (length(line) + length(indent) <= longest || (kind[path] != "object" && kind[path] != "array"))
        return line
    for (i = 1; i <= count[path]; i++)
        text = text indent "  " json_label(path, i) json_text(path_to(path, key[path, i]), indent "  ", longest) \
            (i < count[path] ? "," : "") "\n"
    return (kind[path] == "object" ? "{\n" : "[\n") text indent (kind[path] == "object" ? "}" : "]")
}
