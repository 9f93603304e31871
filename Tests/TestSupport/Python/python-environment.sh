#!/bin/sh
# Makes .build-venv in the package's folder: a Python with aiosmtpd, for tests that talk to a real mail server, dkimpy,
# which checks signatures, and what checks APIs: openapi-spec-validator, with jsonschema, and schemathesis.
# Usage: python-environment.sh FOLDER. May run many times at once; the work is done once.
set -eu
home="$1/.build-venv"
packages="aiosmtpd==1.4.6 dkimpy==1.1.8 openapi-spec-validator==0.9.0 schemathesis==4.32.5"
mark="$home/ready-$(echo "$packages" | tr ' ' '-')"

exec 9>"$home.lock"
flock 9
[ -f "$mark" ] && exit 0

rm -rf "$home"
if python3 -m venv "$home" >/dev/null 2>&1; then
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check $packages
elif python3 -m pip --version >/dev/null 2>&1; then
    # Debian keeps venv in a package of its own.
    rm -rf "$home"
    mkdir -p "$home/bin"
    python3 -m pip install --quiet --disable-pip-version-check --target "$home/site" $packages
    printf '#!/bin/sh\nPYTHONPATH="%s" exec python3 "$@"\n' "$home/site" >"$home/bin/python"
    chmod +x "$home/bin/python"
else
    echo "the tests need python3-venv or python3-pip" >&2
    exit 1
fi
touch "$mark"
