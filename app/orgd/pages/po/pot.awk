# Collects the texts that are translated, in the format of xgettext: <t> ... </t> of templates, N_() and NP_() of C.
#
#   awk -f po/pot.awk sign_in.html sign_in.c ...

function fail(why)
{
    printf "%s: %s\n", file, why > "/dev/stderr"
    failed = 1
    exit 1
}

FILENAME ~ /\.h$/ { next }

# By name, so that it does not matter in which order they are given.
FNR == 1 {
    for (k = ++file_count; k > 1 && files[k - 1] "" > FILENAME ""; k--)
        files[k] = files[k - 1]
    files[k] = FILENAME
}

{ content[FILENAME] = content[FILENAME] $0 "\n" }

END {
    if (failed)
        exit 1
    for (f = 1; f <= file_count; f++) {
        file = files[f]
        if (file ~ /\.(html|txt)$/)
            collect_html(content[file])
        else
            collect_c(content[file])
    }
    write_all()
}

function collect_html(text,    start, end, id)
{
    while ((start = index(text, "<t>")) > 0) {
        text = substr(text, start + 3)
        end = index(text, "</t>")
        if (end == 0)
            fail("<t> is not closed")
        id = substr(text, 1, end - 1)
        gsub(/[ \t\n]+/, " ", id)
        gsub(/^ | $/, "", id)
        gsub(/\\/, "\\\\", id)
        gsub(/"/, "\\\"", id)
        add(id, "")
        text = substr(text, end + 4)
    }
}

function collect_c(text,    id, is_plural)
{
    while (match(text, /[^A-Za-z0-9_]NP?_\(/)) {
        is_plural = substr(text, RSTART + 2, 1) == "P"
        rest = substr(text, RSTART + RLENGTH)
        text = rest
        if (rest !~ /^[ \n]*"/)
            continue # the macro itself
        id = take_string()
        if (!is_plural)
            add(id, "")
        else if (sub(/^[ \n]*,/, "", rest))
            add(id, take_string())
        if (rest !~ /^[ \n]*\)/)
            fail("N_() takes a literal: \"" id "\"")
        text = rest
    }
}

# Takes a string literal, of one or more pieces, from the beginning of `rest`.
function take_string(    string, piece)
{
    while (match(rest, /^[ \n]*"([^"\\]|\\.)*"/)) {
        piece = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        sub(/^[ \n]*"/, "", piece)
        string = string substr(piece, 1, length(piece) - 1)
    }
    return string
}

function add(id, plural)
{
    if (!(id in places)) {
        ids[++id_count] = id
        places[id] = " " file
    } else if (index(places[id] " ", " " file " ") == 0) {
        places[id] = places[id] " " file
    }
    if (plural != "")
        plurals[id] = plural
}

function write_all(    i, id)
{
    print "# The texts of the pages. Tags and {{holes}} stay in translations as they are."
    print "msgid \"\"\nmsgstr \"\""
    print "\"Project-Id-Version: orgd\\n\"\n\"PO-Revision-Date: YEAR-MO-DA HO:MI+ZONE\\n\""
    print "\"Last-Translator: FULL NAME <EMAIL@ADDRESS>\\n\"\n\"Language-Team: LANGUAGE <LL@li.org>\\n\""
    print "\"Language: \\n\"\n\"MIME-Version: 1.0\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\""
    print "\"Content-Transfer-Encoding: 8bit\\n\"\n\"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n\""
    for (i = 1; i <= id_count; i++) {
        id = ids[i]
        printf "\n#:%s\nmsgid \"%s\"\n", places[id], id
        if (id in plurals)
            printf "msgid_plural \"%s\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n", plurals[id]
        else
            print "msgstr \"\""
    }
}
