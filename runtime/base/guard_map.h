/*
 * guard_map: what init and runtime share about the network guards: the one
 * value of the BPF array map that holds the addresses uplink and courier may
 * reach, and whether tasks may reach the metadata service of the cloud.
 *
 * init makes the map, all zero: nothing may be reached. runtime writes it once
 * and freezes it; from then on nobody can change it, runtime included. Its
 * name on the bus is GUARD_MAP_NAME.
 */
#ifndef CLOISTER_BASE_GUARD_MAP_H
#define CLOISTER_BASE_GUARD_MAP_H

#include <stdint.h>

#define GUARD_MAP_NAME "guard"
#define GUARD_ENDPOINTS 2	/* telemetry and logs */
#define GUARD_SOURCES 2		/* the metadata service has two addresses */

struct guard_endpoint {
	uint32_t family;	/* AF_INET, AF_INET6; 0: no endpoint */
	uint32_t port;		/* as sin_port holds it, network order */
	uint32_t address[4];	/* network order; the first one for AF_INET */
};

struct guard_endpoints {
	struct guard_endpoint at[GUARD_ENDPOINTS];	/* uplink's */
	struct guard_endpoint source[GUARD_SOURCES];	/* courier's */
	uint32_t metadata_is_open;	/* 1: for tasks; 0: it is not */
};

#endif
