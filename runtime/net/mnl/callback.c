// SPDX-License-Identifier: MIT
/* libmnl's function that walks the messages of an answer; see message.c. */
#include <errno.h>
#include <libmnl/libmnl.h>

static int fail(int error)
{
	errno = error;
	return MNL_CB_ERROR;
}

/* An acknowledgement is an error of number 0. */
static int on_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*e)))
		return fail(EBADMSG);
	errno = e->error < 0 ? -e->error : e->error;
	return e->error ? MNL_CB_ERROR : MNL_CB_STOP;
}

static int on_message(const struct nlmsghdr *nlh, mnl_cb_t cb_data, void *data)
{
	if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
		return cb_data ? cb_data(nlh, data) : MNL_CB_OK;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return on_error(nlh);
	return nlh->nlmsg_type == NLMSG_DONE ? MNL_CB_STOP : MNL_CB_OK;
}

int mnl_cb_run(const void *buf, size_t numbytes, unsigned int seq,
	       unsigned int portid, mnl_cb_t cb_data, void *data)
{
	const struct nlmsghdr *nlh = buf;
	int len = (int)numbytes;
	int r = MNL_CB_OK;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (!mnl_nlmsg_portid_ok(nlh, portid))
			return fail(ESRCH);
		if (!mnl_nlmsg_seq_ok(nlh, seq))
			return fail(EPROTO);
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			return fail(EINTR);
		r = on_message(nlh, cb_data, data);
		if (r <= MNL_CB_STOP)
			return r;
	}
	return r;
}
