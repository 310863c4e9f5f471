#!/bin/sh
# setup.sh installs what the tests need: any of postgresql and chromium, as
# named in its arguments, and a C compiler for the race detector if there is
# none. It does nothing where nothing is missing.
set -eu

[ "$(go env CGO_ENABLED)" = 1 ] || set -- "$@" compiler
[ $# -gt 0 ] || exit 0
echo "setup: installing $*"

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "setup: this needs root, and there is no sudo: $*" >&2
		exit 1
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"
}

with_apt() {
	apt update
	for need; do
		case $need in
		postgresql) apt install -y --no-install-recommends postgresql ;;
		compiler) apt install -y --no-install-recommends gcc libc6-dev ;;
		chromium)
			if grep -qx 'ID=ubuntu' /etc/os-release; then
				chrome_deb # Ubuntu's chromium is a snap, which no container runs
			else
				apt install -y --no-install-recommends chromium fonts-liberation
			fi
			;;
		esac
	done
}

chrome_deb() {
	apt install -y --no-install-recommends ca-certificates curl
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
	chmod 755 "$folder"
	curl -fsSLo "$folder/chrome.deb" "https://dl.google.com/linux/direct/google-chrome-stable_current_$(dpkg --print-architecture).deb"
	apt install -y --no-install-recommends "$folder/chrome.deb"
}

with_dnf() {
	for need; do
		case $need in
		postgresql) as_root dnf install -q -y postgresql-server ;;
		compiler) as_root dnf install -q -y gcc ;;
		chromium) as_root dnf install -q -y chromium ;;
		esac
	done
}

with_brew() {
	for need; do
		case $need in
		postgresql) brew install --quiet postgresql@17 ;;
		compiler) xcode-select --install ;;
		chromium) brew install --quiet --cask google-chrome ;;
		esac
	done
}

for manager in apt-get dnf brew; do
	if command -v $manager >/dev/null; then
		"with_${manager%-get}" "$@"
		exit
	fi
done
echo "setup: no apt-get, dnf or brew here; please install $*" >&2
exit 1
