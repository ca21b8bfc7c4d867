// SPDX-License-Identifier: BSD-3-Clause
// The shape of a week: mean rate and level noise of its hours, learnt from hours that were clean
// for at least half their length. What a slot has not shown itself it borrows: from the same hour
// of other days, and from the mean of all hours.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LULL_PROFILE_SLOTS 168 // hours of a week (from the epoch, a Thursday)
#define LULL_PROFILE_HOURS 24  // hours of a day (UTC)

struct lull_profile {
	float rate[LULL_PROFILE_SLOTS];  // packets per second
	uint8_t n[LULL_PROFILE_SLOTS];   // hours folded into the slot, at most 255
	float noise[LULL_PROFILE_HOURS]; // level noise squared of each hour of the day
	float thin; // phi over the packets of an hour, lately: the noise of a rate
	float held[LULL_PROFILE_HOURS]; // rates of the last hours that nothing was learnt from
	uint32_t held_from, n_held;     // since the epoch: the first of them; how many
	// What follows is derived: lull_profile_derive().
	float day[LULL_PROFILE_HOURS];     // mean rate of each hour of the day
	uint16_t seen[LULL_PROFILE_HOURS]; // hours behind it
	double mean;                       // of day[]
	unsigned days;                     // least of seen[]: whole days behind the shape
};

// S in the middles of two hours in a row.
struct lull_middles {
	float at, next;
	float least; // packets per second in either hour of the emptiest day; 0 within the first
		     // week
};

struct lull_shape {
	float at;    // S: rate over the mean of a day
	float low;   // the lower of the two hours it lies between
	float least; // as of the two hours
};

// S at a time, interpolated between the middles of the hours; 1 until a whole day was seen.
// p may be NULL.
struct lull_shape lull_profile_at(const struct lull_profile *p, uint64_t time_ns);
// In two steps: the hour before an hour since the epoch, and that hour; S is 1 until a whole day
// was seen. Then the shape a share f in [0, 1) of an hour after the first middle.
struct lull_middles lull_profile_middles(const struct lull_profile *p, uint64_t hour);
struct lull_shape lull_profile_between(const struct lull_middles *m, float f);

// Fold in an hour since the epoch: its mean rate, its level noise squared (NAN: none measured), and
// the dispersion of its packets, which says how far the rate can be trusted.
void lull_profile_fold(
	struct lull_profile *p, uint64_t hour, double rate, double noise, double phi);

// An hour in which learning was frozen: kept aside, the last 24 of them in a row.
void lull_profile_hold(struct lull_profile *p, uint64_t hour, double rate);
// What froze it is over: fold the hours in, if they are at most `most`, and forget them.
void lull_profile_release(struct lull_profile *p, unsigned most, double phi);

// All rates became f times what they were: the level moved, its shape did not.
void lull_profile_scale(struct lull_profile *p, double f);

// Level noise squared that the hour of the day showed before; 0 while unknown. p may be NULL.
double lull_profile_noise(const struct lull_profile *p, uint64_t hour);

// After a load: fill in what is derived.
void lull_profile_derive(struct lull_profile *p);
