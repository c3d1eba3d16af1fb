#!/bin/sh
# Makes sure that there is a Chromium for the tests of the HTML report; installs Debian's where it may.
set -eu
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "there is no Chromium, and only root on a Debian can install it here: apt-get install chromium" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update >&2
apt-get -qq install --yes --no-install-recommends chromium fonts-dejavu-core >&2
