# Compiles the files that `orgctl setup` writes into C strings:
#
#   awk -f setup_templates.awk setup/orgd.conf setup/my.cnf ...
#
# setup/x.y becomes setup_x_y[], which setup_files.h declares. A {{hole}} in it is filled by setup_fill().

BEGIN {
    print "/* Made by setup_templates.awk. */\n#include \"setup_files.h\""
}

FNR == 1 {
    name = FILENAME
    sub(/^.*\//, "", name)
    gsub(/[^a-z0-9]/, "_", name)
    printf "%s\nconst char setup_%s[] =", FNR == NR ? "" : ";\n", name
}

{
    gsub(/\\/, "\\\\")
    gsub(/"/, "\\\"")
    printf "\n    \"%s\\n\"", $0
}

END {
    print ";"
}
