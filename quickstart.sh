#!/bin/bash
# From a bare Debian 12 to a report: installs what is missing, builds lull into build/, replays
# the capture of June 2025. Run it again as often as you like. `./quickstart.sh live`, as root: lull
# run on a small internet in network namespaces instead, which loses its routes and gets them back.
set -eu
cd "$(dirname "$0")"
case "${1:-replay}" in
replay) tools/install build ;;
live) tools/install live ;;
*)
	echo "usage: ./quickstart.sh [live]" >&2
	exit 1
	;;
esac
if [ ! -f build/build.ninja ]; then
	meson setup build -Dtests=false -Dbench=false >build.log 2>&1 || {
		tail -20 build.log >&2
		echo "meson setup failed; the whole of it is in build.log" >&2
		exit 1
	}
	rm -f build.log
fi
echo "building lull into build/ ..."
ninja -C build >build/quickstart.log 2>&1 || {
	grep -E 'error:|FAILED' build/quickstart.log >&2 || tail -20 build/quickstart.log >&2
	echo "the build failed; the whole of it is in build/quickstart.log" >&2
	exit 1
}
[ "${1:-replay}" != live ] || exec tools/lab/live build
echo
echo "\$ build/lull replay -c pcaps/june-2025.lull.yaml pcaps/june-2025.pcap"
build/lull replay -c pcaps/june-2025.lull.yaml pcaps/june-2025.pcap
