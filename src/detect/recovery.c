// SPDX-License-Identifier: BSD-3-Clause
// Is it back? The CUSUM upward: null is the share that remained, alternative a share that counts
// as back; then a time in which it has to stay.

#include "recovery.h"
#include "gamma.h"
#include "pick.h"
#include <lull/time.h>
#include <math.h>

#define BACK 7.0f // nats: one false recovery in a thousand
#define SWING 1.5 // standard deviations of level noise above what remained

// What remained since the bank's best guess of the onset is where recovery starts from.
void lull_recovery_start(struct lull_watch *s)
{
	int best = 0;
	for (int j = 1; j < LULL_ECUSUM_J; j++)
		if (s->bank.c[j] > s->bank.c[best])
			best = j;
	struct lull_recent_sum sum = lull_watch_judged(s, s->starts.tau_ns[best]);
	s->episode->recovery = (struct lull_recovery){.tau_ns = LULL_TIME_NONE};
	lull_watch_remains(s, lull_gamma_share(sum.k, sum.l, s->base.phi).hi);
}

// Null: the share that remained is still all there is. The sum drifts up from
// (back - remains)/ln(back/remains) of the forecast on.
void lull_recovery_judge(struct lull_watch *s, const struct lull_recent_bin *b)
{
	struct lull_recovery *r = &s->episode->recovery;
	float x = b->k / s->base.phi, m = b->l / s->base.phi;
	float step = x * logf(r->back / r->remains) - m * (r->back - r->remains);
	if (r->c <= 0.0f && !s->recovered) {
		r->c = r->k = r->l = 0.0f;
		r->tau_ns = r->since_ns = b->start_ns;
		r->first_ns = s->episode->first_ns;
		r->quiet_ns = s->k > 0 ? s->episode->before_ns : s->last_ns;
	}
	r->c += lull_lesser(step, 0.5f * BACK);
	r->k += b->k;
	r->l += b->l;
	if (!s->recovered && r->c >= BACK) {
		s->recovered = true;
		lull_ecusum_reset_falls(&s->bank); // from here on it watches for a relapse
	}
}

// Back must stand clear of what remains by the level's own noise, or it would flap.
void lull_watch_remains(struct lull_watch *s, double share)
{
	struct lull_recovery *r = &s->episode->recovery;
	double sigma = lull_baseline_sigma(&s->base), clear = fmax(1.5, exp(4.0 * sigma));
	// What remains swings too, and was measured in a minute of its own.
	double rho = (double)s->base.rho;
	double remains = fmin(fmax(share * exp(SWING * sigma), 0.2 * rho), 0.6);
	r->remains = (float)remains;
	r->back = (float)fmax(rho, fmin(clear * remains, 0.9));
}

void lull_watch_relapse(struct lull_watch *s)
{
	s->recovered = false;
	s->episode->recovery.c = 0.0f;
}

int lull_watch_settled(struct lull_watch *s, uint64_t hold_ns, uint64_t now_ns)
{
	const struct lull_recovery *r = &s->episode->recovery;
	if (!s->recovered)
		return -1;
	if (now_ns < r->since_ns + hold_ns)
		return 0;
	// Where the upward sum neither rises nor falls: nearer to back than to remains.
	float even = (r->back - r->remains) / logf(r->back / r->remains);
	if (r->k >= even * r->l)
		return 1;
	lull_watch_relapse(s);
	return -1;
}
