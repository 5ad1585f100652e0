# Copies a document and makes its lists anew, by what a program prints: of each list
#   .\" The list that `make docs` makes: WHAT
#   …
#   .\" End of the list.
# (or the same after a number sign)
# the lines in between become the output of `docs/tables WHAT`. `tables` names the program.

/^(\.\\"|#) The list that `make docs` makes: / {
    print
    command = tables " " $NF
    lines = 0
    while ((command | getline line) > 0) {
        print line
        lines++
    }
    if (close(command) != 0 || lines == 0) {
        print FILENAME ": " command " printed no list" > "/dev/stderr"
        exit 1
    }
    is_inside = 1
    next
}

/^(\.\\"|#) End of the list\.$/ { is_inside = 0 }

!is_inside { print }

END { if (is_inside) exit 1 }
