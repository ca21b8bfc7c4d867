// SPDX-License-Identifier: BSD-3-Clause
// The lesser and the greater of two numbers, neither of them NaN: one instruction each, where
// fminf() and fmaxf() are calls.

#pragma once

static inline float lull_lesser(float a, float b)
{
	return a < b ? a : b;
}

static inline float lull_greater(float a, float b)
{
	return a > b ? a : b;
}
