/* SPDX-License-Identifier: MIT */
/*
 * mnl_ours: our functions under a second name, beside the library's. On the
 * host the library is Debian's libmnl, so the two are compared for real.
 */
#ifndef CLOISTER_TESTS_MNL_OURS_H
#define CLOISTER_TESTS_MNL_OURS_H

#include <libmnl/libmnl.h>

size_t ours_nlmsg_size(size_t len);
size_t ours_nlmsg_get_payload_len(const struct nlmsghdr *nlh);
struct nlmsghdr *ours_nlmsg_put_header(void *buf);
void *ours_nlmsg_put_extra_header(struct nlmsghdr *nlh, size_t size);
void *ours_nlmsg_get_payload(const struct nlmsghdr *nlh);
void *ours_nlmsg_get_payload_offset(const struct nlmsghdr *nlh, size_t offset);
void *ours_nlmsg_get_payload_tail(const struct nlmsghdr *nlh);
bool ours_nlmsg_ok(const struct nlmsghdr *nlh, int len);
struct nlmsghdr *ours_nlmsg_next(const struct nlmsghdr *nlh, int *len);
bool ours_nlmsg_seq_ok(const struct nlmsghdr *nlh, unsigned int seq);
bool ours_nlmsg_portid_ok(const struct nlmsghdr *nlh, unsigned int portid);
uint16_t ours_attr_get_type(const struct nlattr *attr);
uint16_t ours_attr_get_payload_len(const struct nlattr *attr);
void *ours_attr_get_payload(const struct nlattr *attr);
void ours_attr_put(struct nlmsghdr *nlh, uint16_t type, size_t len,
		   const void *data);
void ours_attr_put_u32(struct nlmsghdr *nlh, uint16_t type, uint32_t data);
struct nlattr *ours_attr_nest_start(struct nlmsghdr *nlh, uint16_t type);
void ours_attr_nest_end(struct nlmsghdr *nlh, struct nlattr *start);
bool ours_attr_ok(const struct nlattr *attr, int len);
struct nlattr *ours_attr_next(const struct nlattr *attr);
struct mnl_socket *ours_socket_open2(int bus, int flags);
int ours_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid);
int ours_socket_close(struct mnl_socket *nl);
unsigned int ours_socket_get_portid(const struct mnl_socket *nl);
ssize_t ours_socket_sendto(const struct mnl_socket *nl, const void *req,
			   size_t siz);
ssize_t ours_socket_recvfrom(const struct mnl_socket *nl, void *buf,
			     size_t siz);
int ours_cb_run(const void *buf, size_t numbytes, unsigned int seq,
		unsigned int portid, mnl_cb_t cb_data, void *data);

#endif
