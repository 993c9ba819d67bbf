#!/bin/sh
# tests/lint.sh CHECK... : what can be said about the sources by reading them.
#
#   forbidden  calls that are not used here
#   format     clang-format
#   links      relative links of the documentation
#   man        the manual pages
#   shell      shellcheck over every script
#   tidy       clang-tidy, as the build of the preset tidy
#
# Fails also if there is nothing to check or a tool is absent.
set -u
cd "$(dirname "$0")/.." || exit 1

# c_files FOLDER... : the C files below the folders that exist.
c_files() {
	for dir; do
		[ ! -d "$dir" ] || find "$dir" -name '*.[ch]' -type f
	done | sort
}

# Prints file:line: of each call of one of the names (an extended regular
# expression) in the files read from stdin; comments do not count.
calls() {
	# shellcheck disable=SC2016 # awk's variables, not the shell's
	xargs awk -v "names=$1" '
	FNR == 1 { comment = 0 }
	{
		line = $0
		if (comment && !sub(/^.*\*\//, "", line))
			next
		comment = 0
		gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", line)
		if (sub(/\/\*.*/, "", line))
			comment = 1
		if (line ~ "(^|[^A-Za-z0-9_])(" names ")[ \t]*\\(")
			print FILENAME ":" FNR ": " $0
	}' /dev/null
}

check_forbidden() {
	names='system|popen|v?sprintf|strcpy|stpcpy|strcat|strtok|atoi|atol|atoll|atof|gets|alloca|mktemp|tmpnam'
	scratch=$(mktemp -d) || return 1
	printf '%s\n' '/* no system() here,' ' * nor popen() */' \
		'int n = atoi(s); /* one */' 'ecosystem(1);' 'x = strcat (a, b);' \
		>"$scratch/a.c"
	planted=$(echo "$scratch/a.c" | calls "$names" | cut -d: -f2)
	rm -r "$scratch"
	if [ "$planted" != "$(printf '3\n5')" ]; then
		echo "the check itself does not work: it finds '$planted'"
		return 1
	fi
	[ -n "$(c_files src)" ] || return 1
	found=$(
		c_files src include | calls "$names"
		c_files src | grep -vx 'src/cli/main\.c' | calls exit
	)
	[ -z "$found" ] && return 0
	printf '%s\n' "$found"
	return 1
}

check_format() {
	c_files src include tests examples |
		grep -v ^tests/judge/ | # as agents write
		xargs clang-format --dry-run -Werror
}

# Prints file: link of each relative link in the files that leads nowhere.
dead_links() {
	for file; do
		grep -o '](\([^)#:]*\))' "$file" | sed 's/^](//; s/)$//' |
			while read -r link; do
				[ -e "$(dirname "$file")/$link" ] ||
					echo "$file: $link"
			done
	done
}

check_links() {
	scratch=$(mktemp -d) || return 1
	echo '[a](a.md), [b](b.md) and [c](https://c.org/)' >"$scratch/a.md"
	planted=$(dead_links "$scratch/a.md")
	rm -r "$scratch"
	if [ "$planted" != "$scratch/a.md: b.md" ]; then
		echo "the check itself does not work: it finds '$planted'"
		return 1
	fi
	found=$(dead_links README.md docs/*.md)
	[ -z "$found" ] && return 0
	printf '%s\n' "$found"
	return 1
}

check_man() {
	mandoc -Tlint -Wwarning docs/man/*.[1-8]
	# A key has one default.
	awk '/^\.It |^\.El/ { seen = 0 }
		/^The default is$/ && seen++ {
			print FILENAME ":" FNR ": a second default"; bad = 1
		}
		END { exit bad }' docs/man/*.[1-8]
}

check_shell() {
	# shellcheck disable=SC2046 # no script has a space in its name
	shellcheck -x -P SCRIPTDIR:. \
		$(find src tests examples docs -name '*.sh') .ci/run
}

check_tidy() {
	cmake --preset tidy >/dev/null && cmake --build --preset tidy
}

run() {
	case $1 in
	forbidden) check_forbidden ;;
	format) check_format ;;
	links) check_links ;;
	man) check_man ;;
	shell) check_shell ;;
	tidy) check_tidy ;;
	*) return 1 ;;
	esac
}

status=0
for check; do
	run "$check" || {
		echo "tests/lint.sh: '$check' failed" >&2
		status=1
	}
done
exit $status
