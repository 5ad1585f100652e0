# What operations take and what objects hold, as lists of names with their types, for reference.awk; and where an operation
# has its path, its method and its content.

# Types

function bounds(path, low, high, unit,    from, to)
{
    from = value[path, low]
    to = value[path, high]
    if (from != "" && to != "")
        return from == to ? ", " to unit : ", " from " to " to unit
    return from != "" ? ", at least " from unit : to != "" ? ", at most " to unit : ""
}

function alternatives(path,    text, i)
{
    for (i = 1; i <= count[path, "enum"]; i++)
        text = text (i == 1 ? "" : i < count[path, "enum"] ? ", " : " or ") code(value[path, "enum", i])
    return text
}

function type_of_string(path,    name)
{
    if (count[path, "enum"] > 0)
        return alternatives(path)
    name = value[path, "format"]
    name = name == "uuid" ? "UUID" : name == "date-time" ? "time" : name ~ /^uri/ ? "URL" : "text"
    return name bounds(path, "minLength", "maxLength", " characters")
}

# What a schema allows, in words.
function type_of(path,    target, type)
{
    if ((path, "$ref") in value) {
        target = value[path, "$ref"]
        sub(/.*\//, "", target)
        is_linked[target] = 1
        return link(target, target)
    }
    if (count[path, "anyOf"] == 2)
        return type_of(path SUBSEP "anyOf" SUBSEP 1) ", or null"
    if ((path, "const") in value)
        return code(value[path, "const"])
    type = value[path, "type"]
    if (type == "string")
        return type_of_string(path)
    if (type == "array")
        return "list of " type_of(path SUBSEP "items") bounds(path, "minItems", "maxItems", "")
    if (type == "integer")
        return type bounds(path, "minimum", "maximum", "") with_default(path)
    return type == "" ? "any value" : type with_default(path)
}

function with_default(path)
{
    return (path, "default") in value ? ", default " value[path, "default"] : ""
}

function term(name, path, is_required)
{
    return "<dt>" code(name) " <span>" type_of(path) (is_required ? ", <b>required</b>" : "") "</span></dt>\n"
}

# The fields of an object's schema as a list.
function fields(path, is_answer,    text, required, name, field, i)
{
    for (i = 1; i <= count[path, "required"]; i++)
        required[value[path, "required", i]] = 1
    for (i = 1; i <= count[path, "properties"]; i++) {
        name = key[path, "properties", i]
        field = path SUBSEP "properties" SUBSEP name
        text = text term(name, field, !is_answer && name in required) description_of(field)
    }
    return "<dl>\n" text "</dl>\n"
}

# A member that may be absent from an answer says so by its own description.
function description_of(field)
{
    return (field, "description") in value ? "<dd>" escaped(value[field, "description"]) "</dd>\n" : ""
}

# Parameters

function parameters(operation, place, title,    text, path, i, k, lists)
{
    lists[1] = item_of(operation) SUBSEP "parameters"
    lists[2] = operation SUBSEP "parameters"
    for (k = 1; k <= 2; k++)
        for (i = 1; i <= count[lists[k]]; i++) {
            path = resolved(lists[k] SUBSEP i)
            if (value[path, "in"] == place)
                text = text term(value[path, "name"], path SUBSEP "schema", value[path, "required"] == "true") \
                    description_of(path)
        }
    return text == "" ? "" : "<h4>" title "</h4>\n<dl>\n" text "</dl>\n"
}

# The path of the item that an operation stands in.
function item_of(operation)
{
    return substr(operation, 1, length(operation) - length(method_of(operation)) - 1)
}

function method_of(operation,    steps)
{
    return steps[split(operation, steps, SUBSEP)]
}

function url_path_of(operation,    steps)
{
    split(operation, steps, SUBSEP)
    return steps[2]
}

# The content of a request or an answer: of its first media type.
function content_of(path)
{
    path = path SUBSEP "content"
    return count[path] > 0 ? path SUBSEP key[path, 1] : ""
}

function media_type_of(path)
{
    return key[path, "content", 1]
}

function request_body(operation,    path, title)
{
    path = operation SUBSEP "requestBody"
    if (content_of(path) == "")
        return ""
    title = media_type_of(path) == "application/json" ? "Body, in JSON" : "Form"
    return "<h4>" title "</h4>\n" fields(resolved(content_of(path) SUBSEP "schema"), 0)
}
