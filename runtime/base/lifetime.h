/*
 * lifetime: how long an instance may live, in seconds after the boot of its
 * kernel. What the image allows at most; a document may ask for less.
 */
#ifndef CLOISTER_BASE_LIFETIME_H
#define CLOISTER_BASE_LIFETIME_H

/* Off, whatever happens. Source: ECS Managed Instances, at most 14 days. */
#define LIFETIME_DEAD_S (14 * 24 * 3600)

/* Between drain and end: more than init's bounds of a whole drain. */
#define LIFETIME_MARGIN_S 3600

#define LIFETIME_DRAIN_S (LIFETIME_DEAD_S - LIFETIME_MARGIN_S)

/* The least drainAfter of a document: less than a boot is a mistake. */
#define LIFETIME_LEAST_S 30

#endif
