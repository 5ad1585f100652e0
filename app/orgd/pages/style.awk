# Compiles the stylesheet into a C string, without comments and what is not needed of blanks:
#
#   awk -f style.awk style.css

{
    gsub(/^[ \t]+|[ \t]+$/, "")
    text = text ($0 != "" && text != "" ? " " : "") $0
}

END {
    while ((start = index(text, "/*")) > 0) {
        end = index(substr(text, start), "*/")
        text = substr(text, 1, start - 1) substr(text, start + end + 1)
    }
    gsub(/^ +/, "", text)
    gsub(/ *\{ */, "{", text)
    gsub(/;? *\} */, "}", text)
    gsub(/; +/, ";", text)
    gsub(/: +/, ":", text)
    gsub(/, +/, ",", text)
    gsub(/@media \(/, "@media(", text)
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    print "/* Made by style.awk from style.css. */\nstatic const char style[] ="
    gsub(/\}/, "}\"\n    \"", text)
    sub(/\n    "$/, "", text)
    print "    \"" text ";"
}
