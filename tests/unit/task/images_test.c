#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/task/images.h"

#include "kselftest_harness.h"

/* Unpackers of this test: what they were asked for, what they answer. */
static struct {
	int started;
	int start_error;  /* of the next start */
	int answer_error; /* of the next answer */
	struct image_request last;
	pid_t sleeper; /* stands for the running process */
} fake;

int image_unpack_start(const struct image_request *q, int store_fd,
		       struct image_unpacker *u, struct err *e)
{
	(void)store_fd;
	if (fake.start_error)
		return err_set(e, fake.start_error, "clone3");
	fake.started++;
	fake.last = *q;
	*u = (struct image_unpacker){ .pidfd = -1, .reply_fd = 1000 };
	if (fake.sleeper)
		u->pidfd = (int)syscall(SYS_pidfd_open, fake.sleeper, 0);
	return 0;
}

int image_unpack_finish(struct image_unpacker *u, struct image_reply **reply,
			struct err *e)
{
	fd_close(&u->pidfd);
	if (fake.answer_error)
		return err_set(e, fake.answer_error, "layer digest");
	*reply = calloc(1, sizeof(**reply));
	return *reply ? 0 : err_set(e, ENOMEM, "calloc");
}

FIXTURE(images)
{
	struct images *im;
	const struct image_reply *reply;
	struct err e;
};

FIXTURE_SETUP(images)
{
	memset(&fake, 0, sizeof(fake));
	self->im = calloc(1, sizeof(*self->im));
	ASSERT_NE(NULL, self->im);
	self->e = ERR_NONE;
}

FIXTURE_TEARDOWN(images)
{
	for (unsigned int i = 0; i < self->im->count; i++)
		free(self->im->entries[i].reply);
	free(self->im);
}

#define GET(name, user) images_get(self->im, name, user, &self->reply, &self->e)

TEST_F(images, an_image_is_unpacked_once_for_all_who_ask)
{
	EXPECT_EQ(0, GET("a", ""));
	EXPECT_EQ(0, GET("a", ""));
	EXPECT_EQ(1000, images_work(self->im));
	EXPECT_EQ(0, GET("a", ""));
	images_finish(self->im);
	EXPECT_EQ(1, GET("a", ""));
	EXPECT_NE(NULL, self->reply);
	EXPECT_EQ(-1, images_work(self->im));
	EXPECT_EQ(1, fake.started);
}

TEST_F(images, another_user_is_another_question)
{
	EXPECT_EQ(0, GET("a", ""));
	EXPECT_EQ(0, GET("a", "web"));
	images_work(self->im);
	EXPECT_STREQ("", fake.last.user);
	images_finish(self->im);
	images_work(self->im);
	EXPECT_STREQ("web", fake.last.user);
	EXPECT_EQ(2, fake.started);
}

TEST_F(images, one_unpacker_runs_at_a_time)
{
	GET("a", "");
	GET("b", "");
	images_work(self->im);
	images_work(self->im);
	EXPECT_EQ(1, fake.started);
}

TEST_F(images, a_refused_image_keeps_its_reason)
{
	GET("a", "");
	fake.answer_error = EILSEQ;
	images_work(self->im);
	images_finish(self->im);
	EXPECT_EQ(-EILSEQ, GET("a", ""));
	EXPECT_STREQ("layer digest", self->e.message);
	EXPECT_EQ(1, self->im->refused);
}

TEST_F(images, what_cannot_be_started_is_refused_and_the_next_one_tried)
{
	GET("a", "");
	fake.start_error = EAGAIN;
	EXPECT_EQ(-1, images_work(self->im));
	EXPECT_EQ(-EAGAIN, GET("a", ""));
	fake.start_error = 0;
	GET("b", "");
	EXPECT_EQ(1000, images_work(self->im));
}

TEST_F(images, without_a_store_every_image_is_refused)
{
	self->im->store_fd = -1;
	GET("a", "");
	EXPECT_EQ(-1, images_work(self->im));
	EXPECT_EQ(-ENODEV, GET("a", ""));
	EXPECT_EQ(0, fake.started);
}

TEST_F(images, a_reference_that_is_too_long_is_refused)
{
	char wide[IMAGE_REF_MAX + 1];

	memset(wide, 'r', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	EXPECT_EQ(-ENOSPC, GET(wide, ""));
	EXPECT_EQ(0, self->im->count);
}

TEST_F(images, an_unpacker_is_killed_when_its_time_is_up)
{
	int64_t begun, status;
	int wait_status = 0;

	fake.sleeper = fork();
	if (fake.sleeper == 0) {
		pause();
		_exit(0);
	}
	EXPECT_EQ(INT64_MAX, images_expire(self->im, 0));
	GET("a", "");
	images_work(self->im);
	begun = self->im->unpacking->started_ms;
	status = images_expire(self->im, begun + IMAGES_UNPACK_MS - 1);
	EXPECT_EQ(begun + IMAGES_UNPACK_MS, status);
	EXPECT_EQ(0, waitpid(fake.sleeper, &wait_status, WNOHANG));
	EXPECT_EQ(INT64_MAX, images_expire(self->im, begun + IMAGES_UNPACK_MS));
	EXPECT_EQ(fake.sleeper, waitpid(fake.sleeper, &wait_status, 0));
	EXPECT_EQ(SIGKILL, WTERMSIG(wait_status));
}

TEST_HARNESS_MAIN
