# shellcheck shell=bash
# lull in the lab, for the tests: sourced by tests/lab/run after tools/lab/net.sh. Each test has a
# directory $T of its own, a fresh lull, and the network as lab_up left it. fail says why and ends
# the test.

lab_page=http://127.0.0.1:11753
see() { /usr/bin/python3 tests/lab/see.py "$@"; }
fail() { echo "$*"; exit 1; }

# The capture key of one way to listen at the tap.
way() {
	case $1 in
	interface) echo 'capture: {kind: interface, name: tap0}' ;;
	interface2) echo 'capture: {kind: interface, name: tap0, queues: 2}' ;;
	af_packet | af_xdp) echo "capture: {dpdk: {ports: [{device: \"net_${1}0,iface=tap0\"}]}}" ;;
	pcap) echo "capture: {dpdk: {ports: [{device: \"net_pcap0,rx_pcap=$2\"}]}}" ;;
	esac
}

# Keys of every run here: small bins and little history, so that a test takes seconds, and the
# user that is left when devices are open.
running() { # WAY...
	printf '%s\n' 'user: nobody' "http: {listen: \"${lab_page#http://}\"}" "$(way "$@")"
}
watching() { # WAY...
	cat <<-END
		site: lab
		targets:
		  - name: net
		    prefixes: [$LAB_TARGET]
		    services: {www: 203.0.113.10, news: 203.0.113.20}
		allow: [$LAB_TARGET]
		upstreams:
		  - {name: one, mac: "$LAB_R1_MAC"}
		  - {name: two, mac: "$LAB_R2_MAC"}
		bin: 100ms
		detector: {warmup: 3s, level: 10s}
	END
	running "$@"
}

page() { lab_in tap curl -sf -m 2 "$lab_page/$1"; }
metric() { page metrics | see metric "$@"; } # NAME [LABEL=VALUE...]: the sum of the samples

# lull_start [ARGUMENT...]: lull run on $T/lull.yaml at the tap. Its pid: LULL; events: $T/events;
# talk: $T/talk; counts: $T/series. lull_begin does not wait until it is up.
lull_begin() {
	lab_start tap "$T/talk" sh -c 'exec "$@" >>"$0"' "$T/events" \
		"$lull" run -c "$T/lull.yaml" --format jsonl --series "$T/series" "$@"
	LULL=$LAB_PID
}
lull_start() {
	lull_begin "$@"
	lab_until 10 page healthz && return
	sed 's/^/lull: /' "$T/talk"
	fail "lull does not start"
}

# lull_end: SIGTERM, and all that must hold of a run that ends so.
lull_end() {
	local before rc
	page metrics >"$T/metrics" || echo "no /metrics at the end"
	before=${EPOCHREALTIME/./}
	lab_end "$LULL" TERM
	rc=$?
	[ $rc -eq 0 ] || { sed 's/^/lull: /' "$T/talk"; echo "exit $rc after SIGTERM"; }
	[ $((${EPOCHREALTIME/./} - before)) -lt 2000000 ] || echo "it took more than 2 s to end"
	see lawful <"$T/metrics"
}

# Wait for a revision of an event of which EXPRESSION (of Python; names are those of the JSON) is
# true; shows the talk and every event when there is none in time.
told() { # SECONDS EXPRESSION
	see wait "$1" "$T/events" "$2" || { cut -c-200 "$T/events"; sed 's/^/lull: /' "$T/talk"; exit 1; }
}
never() { see never "$T/events" "$1"; } # says each revision of which EXPRESSION is true

# The target is judged: a history of pages, and nothing wrong.
learnt() {
	lab_until 20 target_is up || fail "net does not come up: $(page metrics | grep _state)"
}
target_is() { page metrics | see state net "$1"; }

# What the tap's cable carried towards the exchange: nothing, ever.
tap_sent() { lab_in ixp cat /sys/class/net/tap/statistics/rx_packets; }

# The XDP program that is on the tap's interface, if any.
xdp_left() { ip -n "$LAB-tap" -d link show tap0 | grep -o 'prog/xdp.*'; }
xdp_gone() { [ -z "$(xdp_left)" ]; }

# A burst of known frames (VLAN, QinQ, MPLS, IPv4, IPv6, a flood, duplicates) on the exchange LAN,
# counted by lull at the tap and by tcpdump on the same cable: tcpdump listens at the cable's other
# end, for AF_XDP takes the packets before a socket at this end sees them.
counts_are_tcpdumps() { # WAY
	{ cat pcaps/encapsulations.lull.yaml; running "$1"; } >"$T/lull.yaml"
	lab_start ixp "$T/tcpdump" tcpdump -i tap -B 65536 --immediate-mode -w "$T/seen.pcap"
	local tcpdump=$LAB_PID sent
	lull_start --bin 100ms
	lab_until 5 grep -q listening "$T/tcpdump" || fail "tcpdump does not start: $(cat "$T/tcpdump")"
	lab_in inj tcpreplay -q -p 5000 -i lan0 pcaps/encapsulations.pcap >"$T/replayed" 2>&1 ||
		cat "$T/replayed"
	sent=$(sed -n 's/^Actual: \([0-9]*\) packets.*/\1/p' "$T/replayed")
	sleep 0.3
	lull_end
	lab_end "$tcpdump" INT
	grep -q '^0 packets dropped by kernel' "$T/tcpdump" || cat "$T/tcpdump"
	"$lull" replay -c "$T/lull.yaml" --series "$T/truth" "$T/seen.pcap" >"$T/report" 2>&1 || cat "$T/report"
	see same "$T/truth" "$T/series"
	see counted "$T/seen.pcap" "$T/series" net=203.0.113.0/24,2001:db8:3::/48 net/www=203.0.113.80/32 \
		other=192.0.2.0/24
	[ "$(see totals "$T/series" | awk '$2 == "all" { n += $4 } END { print n }')" -gt 1000 ] ||
		fail "of $sent packets sent lull counted: $(see totals "$T/series")"
	xdp_left
}

reloads_are() { [ "$(metric lull_reloads_total result=taken)" -ge "$1" ]; }
refused() { [ "$(metric lull_reloads_total result=refused)" -ge 1 ]; }
