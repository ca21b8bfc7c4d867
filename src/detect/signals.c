// SPDX-License-Identifier: BSD-3-Clause
// Sums and exponential means, feature by feature.

#include "signals.h"
#include <lull/time.h>
#include <lull/upstream.h>
#include <math.h>
#include <string.h>

#define MEMORY_S 1200.0
#define PEAK_PACKETS 50.0 // SYNs in one bin before a ratio means anything
#define PEAK_RATIO 3.0

enum {
	OUT_PACKETS,
	OUT_BYTES,
	OUT_SOURCES,
	IN_PACKETS,
	IN_BYTES,
	IN_PEERS,
	SYN_IN,
	SYNACK_OUT,
	RST_OUT,
	RST_IN,
	NOROUTE,
	ADMIN,
	TTL,
};

void lull_signals_init(struct lull_signals_log *t)
{
	*t = (struct lull_signals_log){.syn_ns = LULL_TIME_NONE};
}

void lull_signals_count(struct lull_signals_log *t, const struct lull_row *r)
{
	if (r->direction == LULL_OUT) {
		t->now[OUT_PACKETS] += (double)r->packets;
		t->now[OUT_BYTES] += (double)r->bytes;
		t->now[OUT_SOURCES] += (double)r->distinct;
		t->now[SYNACK_OUT] += (double)r->synack;
		t->now[RST_OUT] += (double)r->rst;
		return;
	}
	t->now[IN_PACKETS] += (double)r->packets;
	t->now[IN_BYTES] += (double)r->bytes;
	t->now[IN_PEERS] += (double)r->distinct;
	t->now[SYN_IN] += (double)r->syn;
	t->now[RST_IN] += (double)r->rst;
	t->now[NOROUTE] += (double)r->unreach[LULL_UNREACH_NOROUTE];
	t->now[ADMIN] += (double)r->unreach[LULL_UNREACH_ADMIN];
	t->now[TTL] += (double)r->unreach[LULL_UNREACH_TTL];
}

static void note_syns(struct lull_signals_log *t, double exposure_s, uint64_t end_ns)
{
	double expected = fmax(t->before[SYN_IN] * exposure_s, 1.0);
	double ratio = t->now[SYN_IN] / expected;
	if (t->before_s < 60.0 || t->now[SYN_IN] < PEAK_PACKETS || ratio < PEAK_RATIO)
		return;
	bool old = t->syn_ns == LULL_TIME_NONE || end_ns - t->syn_ns > 3600 * LULL_NS_PER_SECOND;
	t->syn_peak = old ? ratio : fmax(t->syn_peak, ratio);
	t->syn_ns = end_ns;
}

void lull_signals_close(
	struct lull_signals_log *t, double exposure_s, uint64_t end_ns, bool suspect)
{
	if (!(exposure_s > 0.0))
		return;
	note_syns(t, exposure_s, end_ns);
	if (suspect) {
		t->during_s += exposure_s;
		for (size_t i = 0; i < LULL_SIGNALS; i++)
			t->during[i] += t->now[i];
	} else {
		t->during_s = 0.0;
		memset(t->during, 0, sizeof(t->during));
		double memory = fmin(t->before_s + exposure_s, fmax(MEMORY_S, exposure_s));
		for (size_t i = 0; i < LULL_SIGNALS; i++)
			t->before[i] +=
				(t->now[i] / exposure_s - t->before[i]) * exposure_s / memory;
		t->before_s = memory;
	}
	memset(t->now, 0, sizeof(t->now));
}

void lull_signals_drop(struct lull_signals_log *t)
{
	memset(t->now, 0, sizeof(t->now));
}

static struct lull_signals rates(const double *sum, double s, double bin_s)
{
	double f = s > 0.0 ? 1.0 / s : 0.0;
	return (struct lull_signals){
		.out_packets = sum[OUT_PACKETS] * f,
		.out_bytes = sum[OUT_BYTES] * f,
		.out_sources = sum[OUT_SOURCES] * f * bin_s,
		.in_packets = sum[IN_PACKETS] * f,
		.in_bytes = sum[IN_BYTES] * f,
		.in_peers = sum[IN_PEERS] * f * bin_s,
		.syn_in = sum[SYN_IN] * f,
		.synack_out = sum[SYNACK_OUT] * f,
		.rst_out = sum[RST_OUT] * f,
		.rst_in = sum[RST_IN] * f,
		.unreach_noroute = sum[NOROUTE] * f,
		.unreach_admin = sum[ADMIN] * f,
		.unreach_ttl = sum[TTL] * f,
	};
}

struct lull_signals lull_signals_before(const struct lull_signals_log *t, double bin_s)
{
	return rates(t->before, 1.0, bin_s);
}

struct lull_signals lull_signals_during(const struct lull_signals_log *t, double bin_s)
{
	return rates(t->during, t->during_s, bin_s);
}
