// SPDX-License-Identifier: BSD-3-Clause
// Sums and exponential means, feature by feature. Most targets are calm, and many only send: what
// they do not need is made when it is needed.

#include "signals.h"
#include "pick.h"
#include <errno.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_S 1200.0f
#define PEAK_PACKETS 50.0f // SYNs in one bin before a ratio means anything
#define PEAK_RATIO 3.0f

enum {
	OUT_PACKETS,
	OUT_BYTES,
	OUT_SOURCES,
	SYNACK_OUT,
	RST_OUT,
};

enum { // after those of packets out
	IN_PACKETS,
	IN_BYTES,
	IN_PEERS,
	SYN_IN,
	RST_IN,
	NOROUTE,
	ADMIN,
	TTL,
	FLOWS,
	STUCK,
};

void lull_signals_init(struct lull_signals_log *t)
{
	*t = (struct lull_signals_log){.before_s = 0.0f};
}

void lull_signals_finish(struct lull_signals_log *t)
{
	if (t->rest)
		free(t->rest->during);
	free(t->rest);
	t->rest = NULL;
}

int lull_signals_open(struct lull_signals_log *t, bool in)
{
	if (!t->rest && !(t->rest = calloc(1, sizeof(*t->rest))))
		return -ENOMEM;
	if (in && !t->rest->in) {
		t->rest->in = true;
		t->rest->syn_ns = t->rest->stuck_ns = LULL_TIME_NONE;
	}
	return 0;
}

static void note_stuck(struct lull_signals_rest *in, const struct lull_row *r)
{
	if (r->flows < LULL_SIGNALS_FLOWS)
		return;
	if (2 * r->stuck < r->flows)
		in->stuck_ns = LULL_TIME_NONE;
	else if (in->stuck_ns == LULL_TIME_NONE)
		in->stuck_ns = r->last_ns;
}

// Counts are far below 2^63, and signed numbers convert in one instruction.
static float number(uint64_t n)
{
	return (float)(int64_t)n;
}

int lull_signals_count(struct lull_signals_log *t, const struct lull_row *r)
{
	if (r->direction == LULL_OUT) {
		t->now[OUT_PACKETS] += number(r->packets);
		t->now[OUT_BYTES] += number(r->bytes);
		t->now[OUT_SOURCES] += number(r->distinct);
		t->now[SYNACK_OUT] += number(r->synack);
		t->now[RST_OUT] += number(r->rst);
		return 0;
	}
	if (lull_signals_open(t, true))
		return -ENOMEM;
	float *now = t->rest->now;
	now[IN_PACKETS] += number(r->packets);
	now[IN_BYTES] += number(r->bytes);
	now[IN_PEERS] += number(r->distinct);
	now[SYN_IN] += number(r->syn);
	now[RST_IN] += number(r->rst);
	now[NOROUTE] += number(r->unreach[LULL_UNREACH_NOROUTE]);
	now[ADMIN] += number(r->unreach[LULL_UNREACH_ADMIN]);
	now[TTL] += number(r->unreach[LULL_UNREACH_TTL]);
	now[FLOWS] += number(r->flows);
	now[STUCK] += number(r->stuck);
	note_stuck(t->rest, r);
	return 0;
}

static void note_syns(struct lull_signals_log *t, float exposure_s, uint64_t end_ns)
{
	struct lull_signals_rest *in = t->rest;
	float expected = lull_greater(in->before[SYN_IN] * exposure_s, 1.0f);
	float ratio = in->now[SYN_IN] / expected;
	if (t->before_s < 60.0f || in->now[SYN_IN] < PEAK_PACKETS || ratio < PEAK_RATIO)
		return;
	bool old = in->syn_ns == LULL_TIME_NONE || end_ns - in->syn_ns > 3600 * LULL_NS_PER_SECOND;
	in->syn_peak = old ? ratio : lull_greater(in->syn_peak, ratio);
	in->syn_ns = end_ns;
}

static int add_during(struct lull_signals_log *t, float exposure_s)
{
	if (lull_signals_open(t, false))
		return -ENOMEM;
	struct lull_signals_rest *r = t->rest;
	if (!r->during && !(r->during = calloc(LULL_SIGNALS, sizeof(*r->during))))
		return -ENOMEM;
	r->during_s += exposure_s;
	for (size_t i = 0; i < LULL_SIGNALS_OUT; i++)
		r->during[i] += (double)t->now[i];
	for (size_t i = 0; r->in && i < LULL_SIGNALS_IN; i++)
		r->during[LULL_SIGNALS_OUT + i] += (double)r->now[i];
	return 0;
}

// Means of n sums: the bin of exposure_s is a share of exposure_s over memory_s from now on.
static inline void mean(float *before, const float *now, size_t n, float exposure_s, float memory_s)
{
	float per_s = 1.0f / memory_s;
	for (size_t i = 0; i < n; i++)
		before[i] += (now[i] - before[i] * exposure_s) * per_s;
}

static void add_rest(struct lull_signals_log *t, float exposure_s, float memory_s)
{
	struct lull_signals_rest *r = t->rest;
	if (!r->in) {
		lull_signals_finish(t);
		return;
	}
	mean(r->before, r->now, LULL_SIGNALS_IN, exposure_s, memory_s);
	r->during_s = 0.0f;
	free(r->during);
	r->during = NULL;
}

static void add_before(struct lull_signals_log *t, float exposure_s)
{
	float memory_s = lull_lesser(t->before_s + exposure_s, lull_greater(MEMORY_S, exposure_s));
	mean(t->before, t->now, LULL_SIGNALS_OUT, exposure_s, memory_s);
	t->before_s = memory_s;
	if (t->rest)
		add_rest(t, exposure_s, memory_s);
}

int lull_signals_close(struct lull_signals_log *t, double exposure, uint64_t end_ns, bool suspect)
{
	float exposure_s = (float)exposure;
	if (!(exposure_s > 0.0f))
		return 0;
	if (t->rest && t->rest->in)
		note_syns(t, exposure_s, end_ns);
	if (suspect && add_during(t, exposure_s))
		return -ENOMEM;
	if (!suspect)
		add_before(t, exposure_s);
	lull_signals_drop(t);
	return 0;
}

void lull_signals_drop(struct lull_signals_log *t)
{
	memset(t->now, 0, sizeof(t->now));
	if (t->rest)
		memset(t->rest->now, 0, sizeof(t->rest->now));
}

static struct lull_signals rates(const double *sum, double s, double bin_s)
{
	const double *in = sum + LULL_SIGNALS_OUT;
	double f = s > 0.0 ? 1.0 / s : 0.0;
	return (struct lull_signals){
		.out_packets = sum[OUT_PACKETS] * f,
		.out_bytes = sum[OUT_BYTES] * f,
		.out_sources = sum[OUT_SOURCES] * f * bin_s,
		.in_packets = in[IN_PACKETS] * f,
		.in_bytes = in[IN_BYTES] * f,
		.in_peers = in[IN_PEERS] * f * bin_s,
		.syn_in = in[SYN_IN] * f,
		.synack_out = sum[SYNACK_OUT] * f,
		.rst_out = sum[RST_OUT] * f,
		.rst_in = in[RST_IN] * f,
		.unreach_noroute = in[NOROUTE] * f,
		.unreach_admin = in[ADMIN] * f,
		.unreach_ttl = in[TTL] * f,
		.syn_unanswered = fmax(in[SYN_IN] - sum[SYNACK_OUT], 0.0) * f,
		.tcp_flows = in[FLOWS] * f * bin_s,
		.tcp_stuck = in[STUCK] * f * bin_s,
	};
}

struct lull_signals lull_signals_before(const struct lull_signals_log *t, double bin_s)
{
	double sum[LULL_SIGNALS] = {0.0};
	for (size_t i = 0; i < LULL_SIGNALS_OUT; i++)
		sum[i] = (double)t->before[i];
	for (size_t i = 0; t->rest && i < LULL_SIGNALS_IN; i++)
		sum[LULL_SIGNALS_OUT + i] = (double)t->rest->before[i];
	return rates(sum, 1.0, bin_s);
}

struct lull_signals lull_signals_during(const struct lull_signals_log *t, double bin_s)
{
	static const double none[LULL_SIGNALS];
	const struct lull_signals_rest *r = t->rest;
	return rates(r && r->during ? r->during : none, r ? (double)r->during_s : 0.0, bin_s);
}
