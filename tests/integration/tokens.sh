#!/usr/bin/env bash
# label: fast
#
# The bound of a prompt's tokens, held against real tokenizers: those of
# packages that bring their vocabulary along.  They are installed once, into a
# folder that is named by what is in it.
# shellcheck source-path=SCRIPTDIR
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

counter=$(dirname "$OHBUILD")/tests/test_gateway_tokens
[ -x "$counter" ] || die "there is no $counter"

# Their own dependencies are for other things than counting.
alone=(mistral-common==1.13.1 dashscope==2.0.2)
packages=(tiktoken==0.12.0 sentencepiece==0.2.1)
hash=$(printf '%s\n' "${alone[@]}" "${packages[@]}" "$(python3 -V)" |
	sha256sum | cut -c1-16)
venv=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ohbuild-tests/tokenizers-$hash

if [ ! -e "$venv/whole" ]; then
	say "installing ${packages[*]} ${alone[*]}"
	rm -rf "$venv"
	python3 -m venv "$venv"
	"$venv/bin/pip" install -q --disable-pip-version-check \
		--only-binary :all: "${packages[@]}"
	"$venv/bin/pip" install -q --disable-pip-version-check \
		--only-binary :all: --no-deps "${alone[@]}"
	touch "$venv/whole"
fi
"$venv/bin/python" "$tools/tokens.py" "$counter"
