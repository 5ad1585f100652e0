# Compiles a stylesheet of one or more files into a C string, without comments and what is not needed of blanks:
#
#   awk -v name=style -f style.awk colours.css style.css

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
    print "/* Made by style.awk. */\nstatic const char " name "[] ="
    gsub(/\}/, "}\"\n    \"", text)
    sub(/\n    "$/, "", text)
    print "    \"" text ";"
}
