/* SPDX-License-Identifier: MIT */
/*
 * contracts: what an analyser has to know of functions in other files. Put in
 * front of every file by make analyze, and by nothing else.
 *
 * err_set() and err_wrap() return less than 0, whatever the code: err_test
 * holds them to it. An analyser that sees one file alone takes their 0 for
 * possible and follows a failed call as if it had worked.
 */
#ifndef CLOISTER_TESTS_STYLE_CONTRACTS_H
#define CLOISTER_TESTS_STYLE_CONTRACTS_H

#include "runtime/base/err.h"

static inline int contract_negative(int r)
{
	return r < 0 ? r : -1;
}

#define err_set(...) contract_negative(err_set(__VA_ARGS__))
#define err_wrap(...) contract_negative(err_wrap(__VA_ARGS__))

#endif
