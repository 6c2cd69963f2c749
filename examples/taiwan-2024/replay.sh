# What demo.sh and stack-demo.sh share: what is counted, and how it is spoken of. To be sourced.
# shellcheck shell=bash disable=SC2034 # used by those who source it
label='REPLAY: ballots synthesised from published polling-station totals (valid votes only)'
all=13947506
take=${TELLER_TAKE:-$all}

bold() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }
# group NUMBER: with a comma before every three digits.
group() { sed -e ':a' -e 's/\B[0-9]\{3\}\>/,&/;ta' <<<"$1"; }
