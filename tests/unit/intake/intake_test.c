// SPDX-License-Identifier: MIT
/*
 * The very program that ships, with the test in init's place: gifts over the
 * bus, plan and records back, exit code. It finds the program beside itself:
 * <build>/<flavour>/intake_test runs <build>/intake.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/bus.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/intake/force.h"
#include "runtime/task/plan.h"

#include "signing.h"

#include "kselftest_harness.h"

#define DOCUMENT_MAX (1u << 20)

static const char good[] =
	"{\"schemaVersion\":1,\"instance\":{\"id\":\"i-7\"},\"tasks\":[{"
	"\"count\":2,\"taskDefinition\":{\"family\":\"web\",\"networkMode\":"
	"\"host\",\"containerDefinitions\":[{\"name\":\"a\",\"image\":\"a\","
	"\"memory\":64}]}}]}";
static const char greedy[] =
	"{\"schemaVersion\":1,\"instance\":{\"id\":\"i-7\"},\"tasks\":[{"
	"\"taskDefinition\":{\"family\":\"web\",\"networkMode\":"
	"\"host\",\"containerDefinitions\":[{\"name\":\"a\",\"image\":\"a\","
	"\"memory\":64,\"privileged\":true}]}}]}";

FIXTURE(service)
{
	pid_t pid;
	int bus;     /* init's end */
	int records; /* the reading end */
	int records_in;
	int console; /* what it writes to fd 2 */
};

static void run_program(int bus, int console)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 8);
	char *argv[] = { path, NULL };
	char *envp[] = { NULL };

	if (n < 0)
		_exit(98);
	path[n] = '\0';
	dirname(dirname(path));
	strcat(path, "/intake");
	/* dup2() onto itself would leave close-on-exec set. */
	if (dup2(console, 2) < 0 || dup2(bus, BUS_FD) < 0 ||
	    fcntl(BUS_FD, F_SETFD, 0) < 0)
		_exit(97);
	execve(path, argv, envp);
	_exit(96);
}

FIXTURE_SETUP(service)
{
	int bus[2], records[2], console[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, bus));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				records));
	ASSERT_EQ(0, pipe2(console, O_CLOEXEC | O_NONBLOCK));
	self->pid = fork();
	ASSERT_GE(self->pid, 0);
	if (self->pid == 0)
		run_program(bus[1], console[1]);
	close(bus[1]);
	close(console[1]);
	self->bus = bus[0];
	self->records = records[0];
	self->records_in = records[1];
	self->console = console[0];
}

FIXTURE_TEARDOWN(service)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
	close(self->bus);
	close(self->records);
	close(self->records_in);
	close(self->console);
}

static int give(int bus, const char *name, int fd)
{
	struct bus_message m = { .kind = BUS_GIVE, .service = BUS_INTAKE };

	snprintf(m.name, sizeof(m.name), "%s", name);
	return bus_send(bus, &m, fd);
}

static int give_bytes(int bus, const char *name, const void *bytes, size_t len)
{
	AUTO_CLOSE int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || fd_write_all(fd, bytes, len) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return give(bus, name, fd);
}

/* Whose documents count, and who the machine is. */
static int give_trust(int bus)
{
	AUTO_FREE char *trust = signing_trust(1, "test");

	if (!trust || give_bytes(bus, "trust", trust, strlen(trust)) < 0)
		return -1;
	return give_bytes(bus, "identity", "i-7\n", 4);
}

/* Signed with this trusted comment, and the trust to judge it by. */
static int give_signed(int bus, const char *comment, const void *bytes,
		       size_t len)
{
	size_t all;
	AUTO_FREE char *envelope =
		signing_envelope(1, "ED", comment, bytes, len, &all);

	if (!envelope || give_trust(bus) < 0)
		return -1;
	return give_bytes(bus, "document", envelope, all);
}

static int give_document(int bus, const void *bytes, size_t len)
{
	return give_signed(bus, SIGNING_COMMENT, bytes, len);
}

/* The exit code, or 1000 + the signal. */
static int await_end(pid_t *pid)
{
	int status;

	if (waitpid(*pid, &status, 0) != *pid)
		return -1;
	*pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}

/* The plan that came over the bus, NULL for none. */
static struct plan *receive_plan(int bus)
{
	AUTO_FREE void *data = NULL;
	AUTO_CLOSE int fd = -1;
	struct bus_message m;
	struct plan *p = NULL;
	size_t len;

	if (bus_receive(bus, &m, &fd) != 1 || m.kind != BUS_KEEP ||
	    m.service != BUS_RUNTIME || strcmp(m.name, "plan") != 0 ||
	    fd_read_sealed(fd, PLAN_BYTES_MAX, &data, &len, NULL) < 0 ||
	    plan_unpack(data, len, &p, NULL) < 0)
		return NULL;
	return p;
}

/* The next record into `wire`; its kind, or -errno. */
static int receive_record(int fd, char wire[RECORD_WIRE_MAX], struct record *r)
{
	ssize_t n = recv(fd, wire, RECORD_WIRE_MAX, MSG_DONTWAIT);

	if (n < 0)
		return -errno;
	return record_parse(wire, (size_t)n, r) < 0 ? -EBADMSG : (int)r->kind;
}

static int start(int bus, int records_in)
{
	int r = give(bus, "records", records_in);

	return r < 0 ? r : bus_tell(bus, BUS_START, 0, NULL);
}

TEST_F(service, good_document_becomes_a_plan_and_exit_0)
{
	char wire[RECORD_WIRE_MAX], text[64];
	struct record r;
	struct plan *p;

	ASSERT_EQ(0, give_document(self->bus, good, strlen(good)));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(0, await_end(&self->pid));
	p = receive_plan(self->bus);
	ASSERT_NE(NULL, p);
	EXPECT_FALSE(p->is_refused);
	EXPECT_STREQ("web", p->tasks.items[0].family);
	plan_free(p);
	ASSERT_EQ(RECORD_DOCUMENT_ACCEPTED,
		  receive_record(self->records, wire, &r));
	EXPECT_STREQ("i-7", r.values[0].word);
	EXPECT_EQ((int64_t)strlen(good), r.values[1].number);
	EXPECT_EQ(2, r.values[2].number);
	EXPECT_STREQ("test", r.values[3].word);
	EXPECT_EQ(7, r.values[4].number);
	EXPECT_EQ(32503679999, r.values[5].number); /* SIGNING_FUTURE */
	EXPECT_EQ(-EAGAIN, receive_record(self->records, wire, &r));
	EXPECT_EQ(0, read(self->console, text, sizeof(text)));
}

TEST_F(service, members_without_effect_are_told_once_each)
{
	/* clang-format off */
	static const char text[] =
		"{\"schemaVersion\":1,\"instance\":{\"id\":\"i-7\"},\"tasks\":[{"
		"\"taskDefinition\":{\"family\":\"web\",\"networkMode\":\"host\","
		"\"tags\":[{\"key\":\"k\"}],\"containerDefinitions\":["
		"{\"name\":\"a\",\"image\":\"a\",\"memory\":64,"
		"\"linuxParameters\":{\"swappiness\":60}},"
		"{\"name\":\"b\",\"image\":\"a\",\"memory\":64,"
		"\"linuxParameters\":{\"swappiness\":0}}]}}]}";
	/* clang-format on */
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(0, give_document(self->bus, text, strlen(text)));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(0, await_end(&self->pid));
	ASSERT_EQ(RECORD_DOCUMENT_ACCEPTED,
		  receive_record(self->records, wire, &r));
	ASSERT_EQ(RECORD_FIELD_UNUSED, receive_record(self->records, wire, &r));
	EXPECT_STREQ("$.tasks[0].taskDefinition.tags", r.values[0].word);
	EXPECT_STREQ("tags are for the ECS console", r.values[1].word);
	EXPECT_EQ(1, r.values[2].number);
	ASSERT_EQ(RECORD_FIELD_UNUSED, receive_record(self->records, wire, &r));
	EXPECT_STREQ("$.tasks[0].taskDefinition.containerDefinitions[0]"
		     ".linuxParameters.swappiness",
		     r.values[0].word);
	EXPECT_STREQ("control groups of version 2 have none of their own",
		     r.values[1].word);
	EXPECT_EQ(2, r.values[2].number);
	EXPECT_EQ(-EAGAIN, receive_record(self->records, wire, &r));
}

TEST_F(service, refused_grant_is_two_records_and_exit_3)
{
	char wire[RECORD_WIRE_MAX], text[1024] = "";
	struct record r;
	struct plan *p;

	ASSERT_EQ(0, give_document(self->bus, greedy, strlen(greedy)));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(3, await_end(&self->pid));
	p = receive_plan(self->bus);
	ASSERT_NE(NULL, p);
	EXPECT_TRUE(p->is_refused);
	EXPECT_EQ(0, p->tasks.count);
	EXPECT_STREQ("i-7", p->instance.id);
	plan_free(p);
	ASSERT_EQ(RECORD_GRANT_REFUSED,
		  receive_record(self->records, wire, &r));
	EXPECT_STREQ("web", r.values[0].word);
	EXPECT_STREQ("a", r.values[1].word);
	EXPECT_STREQ("DAC_READ_SEARCH", r.values[2].word);
	ASSERT_EQ(RECORD_DOCUMENT_REFUSED,
		  receive_record(self->records, wire, &r));
	EXPECT_STREQ("$.tasks[0].taskDefinition.containerDefinitions[0]"
		     ".privileged",
		     r.values[0].word);
	EXPECT_STREQ("DAC_READ_SEARCH is not permitted by "
		     "$.instance.privilegedCapabilities",
		     r.values[1].word);
	ASSERT_LT(0, read(self->console, text, sizeof(text) - 1));
	EXPECT_NE(NULL,
		  strstr(text, "cloister.document.refused: path=$.tasks"));
}

/* After the gifts: expects exit code 2, no plan, one record. */
#define EXPECT_REFUSED(path, reason)                                \
	do {                                                        \
		char wire[RECORD_WIRE_MAX];                         \
		struct record r;                                    \
		ASSERT_EQ(0, start(self->bus, self->records_in));   \
		EXPECT_EQ(2, await_end(&self->pid));                \
		EXPECT_EQ(NULL, receive_plan(self->bus));           \
		ASSERT_EQ(RECORD_DOCUMENT_REFUSED,                  \
			  receive_record(self->records, wire, &r)); \
		EXPECT_STREQ(path, r.values[0].word);               \
		EXPECT_STREQ(reason, r.values[1].word);             \
	} while (0)

TEST_F(service, malformed_document_is_exit_2_without_a_plan)
{
	ASSERT_EQ(0, give_document(self->bus, "{\"a\":", 5));
	EXPECT_REFUSED("$", "line 1 column 5: the text ends too early");
}

TEST_F(service, empty_document_is_exit_2_without_a_plan)
{
	ASSERT_EQ(0, give_trust(self->bus));
	ASSERT_EQ(0, give_bytes(self->bus, "document", "", 0));
	EXPECT_REFUSED("$", "is empty");
}

TEST_F(service, document_over_a_mebibyte_is_exit_2_without_a_plan)
{
	AUTO_FREE char *big = malloc(DOCUMENT_MAX + 1);

	ASSERT_NE(NULL, big);
	memset(big, ' ', DOCUMENT_MAX + 1);
	ASSERT_EQ(0, give_trust(self->bus));
	ASSERT_EQ(0, give_bytes(self->bus, "document", big, DOCUMENT_MAX + 1));
	EXPECT_REFUSED("$", "is larger than 1048576 bytes");
}

TEST_F(service, unsigned_document_is_exit_2_without_a_plan)
{
	ASSERT_EQ(0, give_trust(self->bus));
	ASSERT_EQ(0, give_bytes(self->bus, "document", good, strlen(good)));
	EXPECT_REFUSED("signature", "is missing: the document is not signed");
}

TEST_F(service, document_for_another_machine_is_exit_2_without_a_plan)
{
	ASSERT_EQ(0, give_signed(self->bus,
				 "cloister/1 serial=1 " SIGNING_FUTURE
				 " audience=i-8",
				 good, strlen(good)));
	EXPECT_REFUSED("signature.audience",
		       "does not name this machine, i-7, or its group, (none)");
}

TEST_F(service, expired_document_is_exit_2_without_a_plan)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(0, give_signed(self->bus,
				 "cloister/1 serial=1 "
				 "expires=2020-01-01T00:00:00Z audience=*",
				 good, strlen(good)));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(2, await_end(&self->pid));
	EXPECT_EQ(NULL, receive_plan(self->bus));
	ASSERT_EQ(RECORD_DOCUMENT_REFUSED,
		  receive_record(self->records, wire, &r));
	EXPECT_STREQ("signature.expires", r.values[0].word);
}

TEST_F(service, without_a_trust_file_nothing_is_believed)
{
	size_t len;
	AUTO_FREE char *envelope = signing_envelope(1, "ED", SIGNING_COMMENT,
						    good, strlen(good), &len);

	ASSERT_EQ(0, give_bytes(self->bus, "document", envelope, len));
	EXPECT_REFUSED("trust",
		       "the image's trust file cannot be read, error 9");
}

TEST_F(service, trust_file_that_is_too_long_is_not_cut)
{
	char big[4096];

	memset(big, '#', sizeof(big));
	ASSERT_EQ(0, give_bytes(self->bus, "trust", big, sizeof(big)));
	ASSERT_EQ(0, give_bytes(self->bus, "document", good, strlen(good)));
	EXPECT_REFUSED("trust", "the image's trust file is too long");
}

TEST_F(service, document_of_a_mebibyte_is_accepted)
{
	AUTO_FREE char *big = malloc(DOCUMENT_MAX);
	AUTO_FREE char *empty = NULL;
	struct plan *p;
	size_t head;

	ASSERT_NE(NULL, big);
	memset(big, ' ', DOCUMENT_MAX);
	memcpy(big, good, strlen(good));
	empty = signing_envelope(1, "ED", SIGNING_COMMENT, "", 0, &head);
	ASSERT_EQ(0, give_document(self->bus, big, DOCUMENT_MAX - head));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(0, await_end(&self->pid));
	p = receive_plan(self->bus);
	EXPECT_NE(NULL, p);
	plan_free(p);
}

TEST_F(service, missing_document_is_exit_2_without_a_plan)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(2, await_end(&self->pid));
	EXPECT_EQ(NULL, receive_plan(self->bus));
	ASSERT_EQ(RECORD_DOCUMENT_REFUSED,
		  receive_record(self->records, wire, &r));
	EXPECT_STREQ("no document was given to the instance", r.values[1].word);
}

/* A table with one OEM string: the good document, signed. */
static int give_smbios(int bus)
{
	static const char head[] = "\x0b\x05\0\0\1cloister.document=";
	char table[8192];
	size_t len, at = sizeof(head) - 1;
	AUTO_FREE char *all = signing_envelope(1, "ED", SIGNING_COMMENT, good,
					       strlen(good), &len);

	memcpy(table, head, at);
	sodium_bin2base64(table + at, sizeof(table) - at,
			  (const unsigned char *)all, len,
			  sodium_base64_VARIANT_ORIGINAL);
	at += strlen(table + at) + 1;
	table[at++] = '\0';
	return give_bytes(bus, "smbios", table, at);
}

TEST_F(service, document_in_the_firmwares_table_is_accepted)
{
	struct plan *p;

	ASSERT_EQ(0, give_smbios(self->bus));
	ASSERT_EQ(0, give_trust(self->bus));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(0, await_end(&self->pid));
	p = receive_plan(self->bus);
	ASSERT_NE(NULL, p);
	EXPECT_STREQ("i-7", p->instance.id);
	plan_free(p);
}

TEST_F(service, refused_document_is_not_looked_for_elsewhere)
{
	ASSERT_EQ(0, give_smbios(self->bus));
	ASSERT_EQ(0, give_trust(self->bus));
	ASSERT_EQ(0, give_bytes(self->bus, "document", good, strlen(good)));
	EXPECT_REFUSED("signature", "is missing: the document is not signed");
}

TEST_F(service, table_without_a_document_is_exit_2_without_a_plan)
{
	ASSERT_EQ(0, give_bytes(self->bus, "smbios", "\x7f\4\0\0\0", 6));
	EXPECT_REFUSED("$", "no document was given to the instance");
}

TEST_F(service, unreadable_document_is_exit_2_without_a_plan)
{
	AUTO_CLOSE int directory = open("/", O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, directory);
	ASSERT_EQ(0, give(self->bus, "document", directory));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(2, await_end(&self->pid));
}

TEST_F(service, missing_records_do_not_keep_the_plan_back)
{
	struct plan *p;

	ASSERT_EQ(0, give_document(self->bus, good, strlen(good)));
	ASSERT_EQ(0, bus_tell(self->bus, BUS_START, 0, NULL));
	EXPECT_EQ(0, await_end(&self->pid));
	p = receive_plan(self->bus);
	EXPECT_NE(NULL, p);
	plan_free(p);
}

/* ---------------------------------------- while a document is in force */

#define SERIAL(n) "cloister/1 serial=" n " " SIGNING_FUTURE " audience=*"

/* The mark of a document that is signed so. */
static struct force_mark mark_of(const char *comment, const char *document)
{
	struct force_mark mark = { { 0 } };
	size_t len;
	AUTO_FREE char *all = signing_envelope(1, "ED", comment, document,
					       strlen(document), &len);
	AUTO_CLOSE int fd = memfd_create("m", MFD_CLOEXEC);

	if (!all || fd_write_all(fd, all, len) < 0 ||
	    force_mark_fd(fd, &mark) < 0)
		abort();
	return mark;
}

/* What the intake before left: a plan, which nobody here looks into. */
static int give_force(int bus, const struct force *f, size_t len)
{
	struct bus_message m = { .kind = BUS_GIVE,
				 .service = BUS_INTAKE,
				 .meta_len = (uint32_t)len };
	AUTO_CLOSE int fd = fd_sealed("plan", "p", 1, NULL);

	strcpy(m.name, FORCE_NAME);
	memcpy(m.meta, f, len);
	return fd < 0 ? fd : bus_send(bus, &m, fd);
}

/* The next thing that init is to keep; its name, or "". */
static const char *receive_kept(int bus, struct bus_message *m)
{
	AUTO_CLOSE int fd = -1;

	if (bus_receive(bus, m, &fd) != 1 || m->kind != BUS_KEEP || fd < 0)
		return "";
	return m->name;
}

/* In force: the good document, signed with serial 7; more may be set. */
static struct force in_force(void)
{
	return (struct force){ .serial = 7,
			       .accepted = mark_of(SERIAL("7"), good) };
}

static int run_on(FIXTURE_DATA(service) * self, const struct force *f,
		  const char *comment, const char *document)
{
	if (give_force(self->bus, f, sizeof(*f)) < 0 ||
	    give_signed(self->bus, comment, document, strlen(document)) < 0 ||
	    start(self->bus, self->records_in) < 0)
		return -1;
	return await_end(&self->pid);
}

TEST_F(service, the_first_document_is_left_to_the_next_intake)
{
	struct force f, wanted = in_force();
	struct bus_message m;

	ASSERT_EQ(0, give_document(self->bus, good, strlen(good)));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(0, await_end(&self->pid));
	EXPECT_STREQ("plan", receive_kept(self->bus, &m));
	EXPECT_STREQ(FORCE_NAME, receive_kept(self->bus, &m));
	EXPECT_EQ(BUS_INTAKE, m.service);
	ASSERT_TRUE(force_read(&m, &f));
	EXPECT_EQ(7, f.serial);
	EXPECT_TRUE(force_is_mark(&wanted.accepted, &f.accepted));
}

TEST_F(service, a_refused_first_document_leaves_nothing)
{
	struct bus_message m;

	ASSERT_EQ(0, give_document(self->bus, greedy, strlen(greedy)));
	ASSERT_EQ(0, start(self->bus, self->records_in));
	EXPECT_EQ(3, await_end(&self->pid));
	EXPECT_STREQ("plan", receive_kept(self->bus, &m));
	EXPECT_STREQ("", receive_kept(self->bus, &m));
}

TEST_F(service, a_greater_serial_number_follows)
{
	struct force f, was = in_force();
	char wire[RECORD_WIRE_MAX];
	struct bus_message m;
	struct record r;
	int64_t serial;

	ASSERT_EQ(0, run_on(self, &was, SERIAL("8"), good));
	EXPECT_STREQ("newer", receive_kept(self->bus, &m));
	EXPECT_EQ(BUS_RUNTIME, m.service);
	ASSERT_EQ(sizeof(serial), m.meta_len);
	memcpy(&serial, m.meta, sizeof(serial));
	EXPECT_EQ(8, serial);
	EXPECT_STREQ(FORCE_NAME, receive_kept(self->bus, &m));
	ASSERT_TRUE(force_read(&m, &f));
	EXPECT_EQ(8, f.serial);
	ASSERT_EQ(RECORD_DOCUMENT_ACCEPTED,
		  receive_record(self->records, wire, &r));
	EXPECT_EQ(8, r.values[4].number);
}

/* Exit 0, one record, and what was refused is all that is kept. */
#define EXPECT_KEPT_ON(was, comment, document, path)                         \
	do {                                                                 \
		char wire[RECORD_WIRE_MAX];                                  \
		struct force f, before = (was);                              \
		struct force_mark mark = mark_of(comment, document);         \
		struct bus_message m;                                        \
		struct record r;                                             \
		ASSERT_EQ(0, run_on(self, &before, comment, document));      \
		EXPECT_STREQ(FORCE_NAME, receive_kept(self->bus, &m));       \
		ASSERT_TRUE(force_read(&m, &f));                             \
		EXPECT_EQ(7, f.serial);                                      \
		EXPECT_TRUE(force_is_mark(&before.accepted, &f.accepted));   \
		EXPECT_TRUE(force_is_mark(&mark, &f.refused));               \
		EXPECT_STREQ("", receive_kept(self->bus, &m));               \
		ASSERT_EQ(RECORD_DOCUMENT_REFUSED,                           \
			  receive_record(self->records, wire, &r));          \
		EXPECT_STREQ(path, r.values[0].word);                        \
		EXPECT_EQ(-EAGAIN, receive_record(self->records, wire, &r)); \
	} while (0)

TEST_F(service, an_earlier_serial_number_is_refused)
{
	EXPECT_KEPT_ON(in_force(), SERIAL("6"), good, "signature.serial");
}

TEST_F(service, another_document_by_the_same_serial_number_is_refused)
{
	EXPECT_KEPT_ON(in_force(), SERIAL("7"), greedy, "signature.serial");
}

TEST_F(service, a_newer_document_that_is_malformed_changes_nothing)
{
	EXPECT_KEPT_ON(in_force(), SERIAL("8"), "{}", "$.instance");
}

TEST_F(service, a_newer_document_that_is_expired_changes_nothing)
{
	EXPECT_KEPT_ON(in_force(),
		       "cloister/1 serial=8 expires=2020-01-01T00:00:00Z "
		       "audience=*",
		       good, "signature.expires");
}

TEST_F(service, a_newer_document_that_asks_too_much_changes_nothing)
{
	struct force was = in_force();
	char wire[RECORD_WIRE_MAX];
	struct bus_message m;
	struct record r;

	ASSERT_EQ(0, run_on(self, &was, SERIAL("8"), greedy));
	EXPECT_STREQ(FORCE_NAME, receive_kept(self->bus, &m));
	EXPECT_STREQ("", receive_kept(self->bus, &m));
	EXPECT_EQ(RECORD_GRANT_REFUSED,
		  receive_record(self->records, wire, &r));
	EXPECT_EQ(RECORD_DOCUMENT_REFUSED,
		  receive_record(self->records, wire, &r));
}

/* Exit 0, and nobody hears of it. */
#define EXPECT_UNHEARD(was, comment, document)                               \
	do {                                                                 \
		char wire[RECORD_WIRE_MAX];                                  \
		struct force before = (was);                                 \
		struct bus_message m;                                        \
		struct record r;                                             \
		ASSERT_EQ(0, run_on(self, &before, comment, document));      \
		EXPECT_STREQ("", receive_kept(self->bus, &m));               \
		EXPECT_EQ(-EAGAIN, receive_record(self->records, wire, &r)); \
	} while (0)

TEST_F(service, the_document_in_force_changes_nothing)
{
	EXPECT_UNHEARD(in_force(), SERIAL("7"), good);
}

TEST_F(service, the_same_refused_bytes_are_told_once)
{
	struct force was = in_force();

	was.refused = mark_of(SERIAL("6"), good);
	EXPECT_UNHEARD(was, SERIAL("6"), good);
}

TEST_F(service, what_is_no_note_of_an_intake_is_exit_1)
{
	struct force was = in_force();

	ASSERT_EQ(0, give_force(self->bus, &was, sizeof(was) - 1));
	EXPECT_EQ(1, await_end(&self->pid));
}

TEST_F(service, init_gone_is_exit_1)
{
	char text[256] = "";

	ASSERT_EQ(0, shutdown(self->bus, SHUT_RDWR));
	EXPECT_EQ(1, await_end(&self->pid));
	ASSERT_LT(0, read(self->console, text, sizeof(text) - 1));
	EXPECT_STREQ("intake: bus: init is gone: Broken pipe\n", text);
}

TEST_F(service, foreign_gifts_are_closed)
{
	int pair[2];
	char byte;

	ASSERT_EQ(0, pipe2(pair, O_CLOEXEC));
	ASSERT_EQ(0, give(self->bus, "state", pair[1]));
	close(pair[1]);
	/* End of file comes only when intake has closed its end, too. */
	EXPECT_EQ(0, read(pair[0], &byte, 1));
	close(pair[0]);
	EXPECT_EQ(0, kill(self->pid, 0));
}

/* Field `key` of /proc/<pid>/status as a number, or -1. */
static long status_field(pid_t pid, const char *key)
{
	char path[64], text[8192];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text), NULL) < 0)
		return -1;
	at = strstr(text, key);
	return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

TEST_F(service, the_sandbox_is_on_before_the_document_comes)
{
	int pair[2];
	char byte;

	/* Once it closed a gift it has read the bus, so it is inside. */
	ASSERT_EQ(0, pipe2(pair, O_CLOEXEC));
	ASSERT_EQ(0, give(self->bus, "x", pair[1]));
	close(pair[1]);
	ASSERT_EQ(0, read(pair[0], &byte, 1));
	close(pair[0]);
	EXPECT_EQ(2, status_field(self->pid, "\nSeccomp:\t"));
	EXPECT_EQ(1, status_field(self->pid, "\nNoNewPrivs:\t"));
	EXPECT_EQ(1, status_field(self->pid, "\nThreads:\t"));
}

TEST_HARNESS_MAIN
