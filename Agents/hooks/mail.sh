#!/bin/sh
# usage: mail.sh ADDRESS...
# A martlet hook: one mail to each ADDRESS through this machine's sendmail (SENDMAIL, else sendmail on PATH or in /usr/sbin).
# Ends with sendmail's status, so that 75 (EX_TEMPFAIL) is tried again; 64 for usage.
# Reads: MARTLET_STATUS, MARTLET_ALERT, MARTLET_SEVERITY, MARTLET_COUNT, MARTLET_SUMMARY, MARTLET_AT, MARTLET_SINCE, MARTLET_ID,
# MARTLET_OPEN, MARTLET_RUNBOOK, MARTLET_KEY, MARTLET_FROM (sender, else sendmail's own choice).
set -eu
[ $# -ge 1 ] || { echo "usage: mail.sh ADDRESS..." >&2; exit 64; }
for address in "$@"; do
    case $address in
        -* | *[!A-Za-z0-9@._+-]*) echo "mail.sh: $address is no address" >&2; exit 64 ;;
    esac
done
program=${SENDMAIL:-$(command -v sendmail || echo /usr/sbin/sendmail)}
[ -x "$program" ] || { echo "mail.sh: no sendmail here; install a mail server or set SENDMAIL" >&2; exit 1; }
line() { printf %s "$1" | tr '\n\r' '  '; }
more=
[ "${MARTLET_COUNT:-1}" = 1 ] || more=" and $((MARTLET_COUNT - 1)) more"
{
    [ -z "${MARTLET_FROM:-}" ] || printf 'From: %s\n' "$(line "$MARTLET_FROM")"
    printf 'To: %s\n' "$(printf '%s, ' "$@" | sed 's/, $//')"
    printf 'Subject: [%s] %s %s%s\n' "${MARTLET_SEVERITY:-}" "$(line "${MARTLET_ALERT:-}")" "${MARTLET_STATUS:-}" "$more"
    printf 'X-Martlet-Key: %s\n' "$(line "${MARTLET_KEY:-}")"
    printf 'Content-Type: text/plain; charset=utf-8\n\n'
    printf '%s\n\nsince    %s\nat       %s\nid       %s\nopen     %s\nrunbook  %s\n' "${MARTLET_SUMMARY:-}" \
        "${MARTLET_SINCE:-}" "${MARTLET_AT:-}" "${MARTLET_ID:-}" "${MARTLET_OPEN:-}" "${MARTLET_RUNBOOK:--}"
} | "$program" -i -- "$@"
