#include "init/announce.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>

#include "init/chain.h"
#include "init/crew.h"
#include "init/dossier.h"
#include "init/drain.h"
#include "init/keeper.h"
#include "init/power.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"

static struct announce_facts facts;
static struct chain chain;
static bool has_evidence;
static bool is_ready;

void announce_prepare(const struct announce_facts *f)
{
	facts = *f;
}

void announce_evidence(void)
{
	struct err e = ERR_NONE;

	if (has_evidence)
		return;
	has_evidence = true;
	must("evidence", evidence_emit(&facts.counts, &e), &e);
	chain_start(&chain, dossier_write);
	must("evidence", chain_add(&chain, "boot", false, clock_ms(), &e), &e);
}

void announce_change(const char *cause)
{
	chain_mark(&chain, cause);
}

void announce_judge(int r, struct err *e)
{
	if (r >= 0)
		return;
	if (!evidence_is_breach(r)) {
		err_print(2, "init", e);
		return;
	}
	RECORD(INTEGRITY_LOST, RECORD_W(e->message));
	init_panic("integrity", e);
}

void announce_check(void)
{
	struct err e = ERR_NONE;

	announce_judge(chain_check(&chain, clock_ms(), &e), &e);
}

int64_t announce_due_ms(void)
{
	return chain_due_ms(&chain);
}

void announce_last_evidence(void)
{
	struct err e = ERR_NONE;

	if (has_evidence)
		announce_judge(chain_seal(&chain, clock_ms(), &e), &e);
}

void announce_ready(int64_t first_task_ms)
{
	const struct boot_marks *m = &facts.marks;

	if (is_ready)
		return;
	is_ready = true;
	/* Spans that add up; a first task before the mark is impossible. */
	if (first_task_ms < facts.services_ms)
		first_task_ms = facts.services_ms;
	RECORD(BOOT_READY, RECORD_N(m->kernel), RECORD_N(m->verity - m->kernel),
	       RECORD_N(m->policy - m->verity),
	       RECORD_N(facts.services_ms - m->policy),
	       RECORD_N(first_task_ms - facts.services_ms),
	       RECORD_N(first_task_ms));
	say(2, "init",
	    "ready after %lld ms: kernel %lld verity %lld policy "
	    "%lld services %lld first task %lld",
	    (long long)first_task_ms, (long long)m->kernel,
	    (long long)(m->verity - m->kernel),
	    (long long)(m->policy - m->verity),
	    (long long)(facts.services_ms - m->policy),
	    (long long)(first_task_ms - facts.services_ms));
}

/* Messages and hang-ups are thrown away, but for the one that is waited for. */
static void wait_for_flush(struct crew_member *uplink)
{
	int64_t until = clock_ms() + DRAIN_FLUSH_MS;
	struct pollfd p = { .fd = uplink->bus, .events = POLLIN };
	struct bus_message m = { .kind = BUS_KIND_COUNT };
	int fd, r = -EAGAIN;

	while ((r > 0 || r == -EAGAIN) && m.kind != BUS_FLUSHED &&
	       clock_ms() < until &&
	       poll(&p, 1, (int)(until - clock_ms())) > 0) {
		r = bus_receive(uplink->bus, &m, &fd);
		fd_close(&fd);
	}
}

void announce_failure(const char *step, const char *reason)
{
	struct crew_member *uplink = crew_of(BUS_UPLINK);

	RECORD(BOOT_FAILED, RECORD_W(step), RECORD_W(reason));
	if (uplink->state != CREW_ALIVE ||
	    !keeper_has(BUS_UPLINK, "uplink-config") ||
	    bus_tell(uplink->bus, BUS_FLUSH, DRAIN_FLUSH_MS, NULL) < 0)
		return;
	wait_for_flush(uplink);
}
