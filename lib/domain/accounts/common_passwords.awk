# Compiles common_passwords.txt into a sorted array of C strings:
#
#   awk -f common_passwords.awk common_passwords.txt
#
# Refuses what would not be found again: a line that is out of order, in upper case, or longer than a password may be.

function fail(why) {
    print FILENAME ":" FNR ": " why >"/dev/stderr"
    failed = 1
    exit 1
}

BEGIN {
    for (code = 33; code < 127; code++)
        rank[sprintf("%c", code)] = code
    print "/* Made by common_passwords.awk. */\nstatic const char *const common_passwords[] = {"
}

/^#( |$)/ {
    next
}

# Compares octet by octet, since awk compares as the locale does.
function is_behind(a, b, i) {
    for (i = 1; i <= length(a) && i <= length(b); i++)
        if (substr(a, i, 1) != substr(b, i, 1))
            return rank[substr(a, i, 1)] > rank[substr(b, i, 1)]
    return length(a) > length(b)
}

{
    if ($0 !~ /^[!-~]+$/ || $0 != tolower($0) || length($0) > 256)
        fail("not a password in lower case")
    if (!is_behind($0, last))
        fail("out of order")
    last = $0
    gsub(/\\/, "\\\\")
    gsub(/"/, "\\\"")
    print "    \"" $0 "\","
}

END {
    if (!failed)
        print "};"
}
