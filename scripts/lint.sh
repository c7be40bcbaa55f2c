#!/usr/bin/env bash
#
# Checks the form of the sources. `scripts/lint.sh --help` says more.

set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/lint.sh [--format]

Checks every file that git knows or would add:
  swift-format   Swift sources and the manifest (settings: .swift-format)
  clang-format   C sources and headers (.clang-format), in version 14: others break lines elsewhere
  shellcheck     shell scripts, those of Slurm and of continuous integration too
  pyflakes       Python: names that are not defined or not used
  pycodestyle    Python: the layout of lines, except for their length

`scripts/setup.sh --linters` installs what is missing; swift-format comes with the Swift toolchain. A linter that is not
there is skipped.

  --format   First formats Swift and C sources in place.

Prints what the linters find, a line "ok NAME", "FAILED NAME" or "skipped NAME: why" for each, and
"N passed, N failed", with ", N skipped" if any were.

Exit status: 0 if nothing failed; 1 otherwise; 2 for a wrong command line.
TEXT
}

readonly clang_format_version=14

format=0
for argument in "$@"; do
    case "$argument" in
    -h | --help)
        usage
        exit 0
        ;;
    --format) format=1 ;;
    *)
        printf "lint.sh: unknown argument '%s'; see scripts/lint.sh --help\n" "$argument" >&2
        exit 2
        ;;
    esac
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# files PATTERN…: what git knows or would add, without what was removed.
files() {
    git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
        if [[ -f $file ]]; then printf '%s\n' "$file"; fi
    done
}

mapfile -t swift_files < <(files '*.swift')
mapfile -t c_files < <(files '*.c' '*.h')
mapfile -t shell_files < <(files '*.sh' '*.sbatch' '.ci/run')
mapfile -t python_files < <(files '*.py')

# The first of some commands that is there.
first_of() {
    local name
    for name in "$@"; do
        if command -v "$name" >/dev/null 2>&1; then
            printf '%s' "$name"
            return
        fi
    done
}

clang_format=$(first_of "clang-format-$clang_format_version" clang-format)
clang_format_missing="clang-format $clang_format_version is not installed"
if [[ -n $clang_format && ! $("$clang_format" --version) =~ version\ $clang_format_version\. ]]; then
    clang_format_missing+=", but $("$clang_format" --version)"
    clang_format=
fi

passed=0
failed=0
skipped=0

# lint NAME COMMAND…: runs a linter. An empty command is one that is not there; MISSING says so.
lint() {
    local name=$1 missing=$2
    shift 2
    if [[ -z $1 ]]; then
        printf "skipped %s: '%s'\n" "$name" "$missing"
        skipped=$((skipped + 1))
    elif "$@"; then
        printf 'ok %s\n' "$name"
        passed=$((passed + 1))
    else
        printf 'FAILED %s\n' "$name"
        failed=$((failed + 1))
    fi
}

if ((format)); then
    swift format format --in-place --parallel "${swift_files[@]}"
    if [[ -n $clang_format ]]; then "$clang_format" -i "${c_files[@]}"; else printf '%s\n' "$clang_format_missing" >&2; fi
fi

lint swift-format "" swift format lint --strict --parallel "${swift_files[@]}"
lint clang-format "$clang_format_missing" "$clang_format" --dry-run --Werror "${c_files[@]}"
lint shellcheck "shellcheck is not installed" \
    "$(first_of shellcheck)" --external-sources "${shell_files[@]}"
lint pyflakes "pyflakes is not installed" "$(first_of pyflakes3 pyflakes)" "${python_files[@]}"
# E501: tables of test cases have a case on a line. W503: operators begin lines. E402: tests extend the path first.
lint pycodestyle "pycodestyle is not installed" \
    "$(first_of pycodestyle pycodestyle-3)" --ignore=E402,E501,W503 "${python_files[@]}"

summary="$passed passed, $failed failed"
((skipped == 0)) || summary+=", $skipped skipped"
printf '%s\n' "$summary"
((failed == 0))
