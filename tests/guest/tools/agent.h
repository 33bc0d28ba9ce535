// SPDX-License-Identifier: MIT
/* What the agent's programs in the kernel tell it. */
#ifndef CLOISTER_TESTS_TOOLS_AGENT_H
#define CLOISTER_TESTS_TOOLS_AGENT_H

enum agent_kind {
	AGENT_EXEC,
	AGENT_CONNECT,
};

struct agent_event {
	unsigned int kind;	/* enum agent_kind */
	char comm[16];
};

#endif
