// SPDX-License-Identifier: BSD-3-Clause
// Values of the configuration from text and back. Every *_format gives what *_parse reads to
// the same value.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define LULL_VALUE_TEXT 64 // longest text a *_format writes, with its NUL

// A decimal number, "12", "0.05", "1e-6". 0, or -EINVAL (also for what is not finite).
int lull_number_parse(const char *text, double *number);
char *lull_number_format(double number, char *out);

// "1/month": false alarms per day, week, month (30 d) or year (365 d), as a rate per day > 0.
int lull_budget_parse(const char *text, double *per_day);
char *lull_budget_format(double per_day, char *out);

// "02:00:00:00:00:01" (or with dashes); the first octet is the highest of 48 bits.
int lull_mac_parse(const char *text, uint64_t *mac);
char *lull_mac_format(uint64_t mac, char *out);

// "64MiB": a whole number of KiB, MiB or GiB, as bytes. 0, -EINVAL, or -ERANGE beyond 64 bits.
int lull_size_parse(const char *text, uint64_t *bytes);
char *lull_size_format(uint64_t bytes, char *out); // bytes: a multiple of 1024

// "127.0.0.1:11753" or "[::1]:11753": an address literal and a port, 0 to 65535. out is the one
// form equal addresses share. 0, -EINVAL, or -ERANGE: the port is beyond 65535.
int lull_listen_parse(const char *text, char out[static LULL_VALUE_TEXT]);

// A duration exactly, as lull_duration_parse() reads it: "1h30m".
char *lull_duration_exact(uint64_t ns, char *out);

// Values by word; both lists are NULL-terminated and in the order of the enums of
// lull/decode.h and lull/upstream.h (the floor above; a test holds them together).
extern const char *const lull_direction_names[]; // detector.direction: false, true
extern const char *const lull_decap_names[];     // bit i of the mask
extern const char *const lull_learn_names[];     // "auto", then kind LULL_LEARN_FIRST + i - 1
#define LULL_LEARN_FIRST 2
enum { LULL_LEARN_AUTO, LULL_LEARN_PORT, LULL_LEARN_VLAN, LULL_LEARN_MPLS, LULL_LEARN_MAC };
