# shellcheck shell=bash
# A small internet in network namespaces, to be sourced: an exchange with a tap on its LAN, and a
# target network behind two transit routers. BIRD speaks BGP, real clients fetch real pages.
# Nothing leaves the namespaces; every address is one set aside for documentation (RFC 5737).
#
#   clients AS64496 ──┐                      ┌── r1 AS64497 ──┐
#   other (control) ──┼── exchange LAN ──────┤                ├── target AS64500, 203.0.113.0/24
#                     │   192.0.2.0/25       └── r2 AS64498 ──┘   www .10, news .20
#   tap: lull here ───┤
#   inj: test packets ┘    the LAN's bridge never learns, so every port sees every frame
#
# lab_up [PREFIX] makes it, lab_down ends all that lab_* started and takes it away again.

LAB_R1_MAC=02:00:00:00:01:01 LAB_R2_MAC=02:00:00:00:01:02
LAB_TARGET=203.0.113.0/24
LAB_SPACES="ixp tap clients other r1 r2 target inj"
lab_here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

# Why a lab cannot be made here; nothing when it can.
lab_cannot() {
	local tool probe=lull-probe-$$
	[ "$(id -u)" -eq 0 ] || { echo "network namespaces need root"; return; }
	for tool in ip bird birdc ethtool; do
		command -v $tool >/dev/null || { echo "$tool is not installed"; return; }
	done
	if ! ip netns add $probe 2>/dev/null; then
		echo "this kernel or container allows no network namespaces"
		return
	fi
	ip -n $probe link add end0 type veth peer name end1 2>/dev/null &&
		ip -n $probe link add lan type bridge 2>/dev/null ||
		echo "no veth or no bridge can be made in a network namespace here"
	ip netns del $probe
}

lab_in() { ip netns exec "$LAB-$1" "${@:2}"; }

# lab_start SPACE LOG COMMAND...: in the background; its pid is in LAB_PID.
lab_start() {
	ip netns exec "$LAB-$1" "${@:3}" >"$2" 2>&1 </dev/null &
	LAB_PID=$!
	LAB_PIDS+=("$LAB_PID")
}

# lab_end PID [SIGNAL]: end what lab_start started, wait for it, return its exit status.
lab_end() {
	local i rc
	kill -"${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	rc=$?
	for i in "${!LAB_PIDS[@]}"; do
		[ "${LAB_PIDS[i]}" = "$1" ] && unset "LAB_PIDS[i]"
	done
	return $rc
}

# lab_until SECONDS COMMAND...: try until it succeeds; false when the time is over.
lab_until() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	until "${@:2}" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep 0.05
	done
}

# lab_wire SPACE IF SPACE IF: two ends of a cable, up, without IPv6 chatter or segmentation.
lab_wire() {
	ip -n "$LAB-$1" link add "$2" type veth peer name "$4" netns "$LAB-$3" || return
	local end
	for end in "$1 $2" "$3 $4"; do
		set -- $end
		lab_in "$1" sysctl -qw "net.ipv6.conf.$2.disable_ipv6=1"
		ip -n "$LAB-$1" link set "$2" gso_max_segs 1 up || return
	done
}

# lab_port SPACE IF: a cable from SPACE to the exchange LAN, whose end there is called SPACE.
lab_port() {
	lab_wire "$1" "$2" ixp "$1" && ip -n "$LAB-ixp" link set "$1" master lan
}

lab_addresses() { # SPACE IF ADDRESS...
	local address
	for address in "${@:3}"; do ip -n "$LAB-$1" addr add "$address" dev "$2" || return; done
}

lab_cables() {
	local space
	for space in $LAB_SPACES; do
		ip netns add "$LAB-$space" && ip -n "$LAB-$space" link set lo up || return
	done
	ip -n "$LAB-ixp" link add lan type bridge ageing_time 0 stp_state 0 mcast_snooping 0 &&
		lab_in ixp sysctl -qw net.ipv6.conf.lan.disable_ipv6=1 &&
		ip -n "$LAB-ixp" link set lan up || return
	# A bridge with netfilter drops frames that were cut when they were captured; this one is a wire.
	lab_in ixp sysctl -qwe net.bridge.bridge-nf-call-{arp,ip,ip6}tables=0
	for space in clients other r1 r2 inj; do lab_port $space lan0 || return; done
	lab_port tap tap0 && lab_wire r1 down0 target up1 && lab_wire r2 down0 target up2 || return
	# VLAN tags in the frame, as on a wire, and not beside it, where XDP would not see them.
	lab_in ixp ethtool -K tap txvlan off tx-vlan-stag-hw-insert off || return
	# The tap has no address, does no ARP and hears everything: it sends nothing. The injector too.
	ip -n "$LAB-tap" link set tap0 arp off promisc on &&
		ip -n "$LAB-inj" link set lan0 arp off &&
		ip -n "$LAB-r1" link set lan0 address $LAB_R1_MAC &&
		ip -n "$LAB-r2" link set lan0 address $LAB_R2_MAC || return
	for space in clients r1 r2 target; do
		lab_in $space sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 net.ipv4.fib_multipath_hash_policy=1 \
			net.ipv4.icmp_ratelimit=0 net.ipv4.conf.all.send_redirects=0 || return
	done
	lab_in clients sysctl -qw net.ipv4.ip_local_port_range="2000 65000" net.ipv4.tcp_tw_reuse=1
}

lab_hosts() {
	local i
	lab_addresses clients lan0 192.0.2.1/25 && lab_addresses other lan0 192.0.2.21/25 &&
		lab_addresses r1 lan0 192.0.2.11/25 && lab_addresses r2 lan0 192.0.2.12/25 &&
		lab_addresses r1 down0 192.0.2.129/30 && lab_addresses target up1 192.0.2.130/30 &&
		lab_addresses r2 down0 192.0.2.133/30 && lab_addresses target up2 192.0.2.134/30 || return
	for i in $(seq 1 40); do echo "addr add 198.51.100.$i/32 dev lo"; done |
		ip -n "$LAB-clients" -batch - || return
	for i in $(seq 129 144); do echo "addr add 198.51.100.$i/32 dev lo"; done |
		ip -n "$LAB-other" -batch - || return
	lab_addresses target lo 203.0.113.10/32 203.0.113.20/32 || return
	# A dead host of the target answers nothing, as behind a real router without ARP replies.
	ip -n "$LAB-target" route add blackhole $LAB_TARGET &&
		ip -n "$LAB-clients" route add 198.51.100.128/25 via 192.0.2.21 &&
		ip -n "$LAB-other" route add 198.51.100.0/25 via 192.0.2.1 || return
	# Transit of last resort: without a route to the target, r1 gets the packets and says so.
	ip -n "$LAB-clients" route add default via 192.0.2.11 metric 4096
}

# lab_bird SPACE ROUTER_ID: start BIRD on the protocols that standard input lists.
lab_bird() {
	local conf=$LAB_DIR/$1.bird
	{
		echo "router id $2;"
		echo "protocol device { scan time 10; }"
		echo "protocol kernel { merge paths on; ipv4 { import none; export where source = RTS_BGP; }; }"
		echo "template bgp peer { connect delay time 1; connect retry time 1; error wait time 1, 2;"
		echo "  ipv4 { import all; export all; next hop self; }; }"
		cat
	} >"$conf"
	lab_start "$1" "$LAB_DIR/$1.log" bird -f -c "$conf" -s "$LAB_DIR/$1.ctl"
}

lab_routers() {
	lab_bird clients 192.0.2.1 <<-END
		protocol static { ipv4; route 198.51.100.0/25 unreachable; }
		protocol bgp r1 from peer { local 192.0.2.1 as 64496; neighbor 192.0.2.11 as 64497; }
		protocol bgp r2 from peer { local 192.0.2.1 as 64496; neighbor 192.0.2.12 as 64498; }
	END
	lab_bird r1 192.0.2.11 <<-END
		protocol bgp clients from peer { local 192.0.2.11 as 64497; neighbor 192.0.2.1 as 64496; }
		protocol bgp target from peer { local 192.0.2.129 as 64497; neighbor 192.0.2.130 as 64500; }
	END
	lab_bird r2 192.0.2.12 <<-END
		protocol bgp clients from peer { local 192.0.2.12 as 64498; neighbor 192.0.2.1 as 64496; }
		protocol bgp target from peer { local 192.0.2.133 as 64498; neighbor 192.0.2.134 as 64500; }
	END
	lab_bird target 203.0.113.1 <<-END
		protocol static announced { ipv4; route $LAB_TARGET blackhole; }
		protocol bgp r1 from peer { local 192.0.2.130 as 64500; neighbor 192.0.2.129 as 64497; }
		protocol bgp r2 from peer { local 192.0.2.134 as 64500; neighbor 192.0.2.133 as 64498; }
	END
}

# How many ways the clients' border router knows to the target: 0, 1 or 2.
lab_ways() {
	lab_in clients ip route show $LAB_TARGET | grep -o 'via' | wc -l
}
lab_ways_are() { [ "$(lab_ways)" -eq "$1" ]; }

lab_birdc() { lab_in "$1" birdc -s "$LAB_DIR/$1.ctl" "${@:2}" >/dev/null; }

# lab_withdraw all|r1|r2, lab_announce all|r1|r2: what the target tells its transits.
lab_withdraw() {
	if [ "$1" = all ]; then
		lab_birdc target disable announced && lab_until 5 lab_ways_are 0
	else
		lab_birdc target disable "$1" && lab_until 5 lab_ways_are 1
	fi
}
lab_announce() {
	if [ "$1" = all ]; then
		lab_birdc target enable announced && lab_until 10 lab_ways_are 2
	else
		lab_birdc target enable "$1" && lab_until 10 lab_ways_are 2
	fi
}

# lab_host_down ADDRESS, lab_host_up ADDRESS: a server of the target dies without a word, and is back.
lab_host_down() { ip -n "$LAB-target" addr del "$1/32" dev lo; }
lab_host_up() { ip -n "$LAB-target" addr add "$1/32" dev lo; }

# lab_pages RATE: RATE pages a second from the target, as many from the control; lab_quiet ends it.
# What came of it, a line a second: $LAB_DIR/pages.log, $LAB_DIR/control.log.
lab_pages() {
	lab_start clients "$LAB_DIR/pages.log" /usr/bin/python3 "$lab_here/web.py" fetch "$1" \
		198.51.100.1-40 203.0.113.10 203.0.113.20
	LAB_PAGES=$LAB_PID
	lab_start clients "$LAB_DIR/control.log" /usr/bin/python3 "$lab_here/web.py" fetch "$1" \
		198.51.100.1-40 198.51.100.129-144
	LAB_CONTROL=$LAB_PID
}
lab_quiet() {
	lab_end "$LAB_PAGES"
	lab_end "$LAB_CONTROL"
	sleep 0.2 # what is under way
}

# lab_up [PREFIX]: all of it, until BGP has converged. False after a message.
lab_up() {
	LAB=${1:-lull}-$$
	LAB_PIDS=()
	LAB_DIR=$(mktemp -d) || return
	if ! lab_cables || ! lab_hosts; then
		echo "the lab's network could not be made" >&2
		return 1
	fi
	lab_routers
	lab_start target "$LAB_DIR/web.log" /usr/bin/python3 "$lab_here/web.py" serve
	LAB_WEB=$LAB_PID
	lab_start other "$LAB_DIR/other.log" /usr/bin/python3 "$lab_here/web.py" serve
	if ! lab_until 15 lab_ways_are 2; then
		echo "the lab's BGP sessions did not come up:" >&2
		tail -n 3 "$LAB_DIR"/*.log >&2
		return 1
	fi
}

lab_down() {
	local pid space
	[ -n "${LAB:-}" ] || return 0
	for pid in "${LAB_PIDS[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${LAB_PIDS[@]}"; do
		lab_until 3 lab_gone "$pid" || kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	for space in $LAB_SPACES; do ip netns del "$LAB-$space" 2>/dev/null; done
	rm -rf "$LAB_DIR"
	LAB='' LAB_PIDS=()
}
lab_gone() { ! kill -0 "$1" 2>/dev/null; }
