// SPDX-License-Identifier: MIT
#include "mnl_ours.h"

#define mnl_nlmsg_size ours_nlmsg_size
#define mnl_nlmsg_get_payload_len ours_nlmsg_get_payload_len
#define mnl_nlmsg_put_header ours_nlmsg_put_header
#define mnl_nlmsg_put_extra_header ours_nlmsg_put_extra_header
#define mnl_nlmsg_get_payload ours_nlmsg_get_payload
#define mnl_nlmsg_get_payload_offset ours_nlmsg_get_payload_offset
#define mnl_nlmsg_get_payload_tail ours_nlmsg_get_payload_tail
#define mnl_nlmsg_ok ours_nlmsg_ok
#define mnl_nlmsg_next ours_nlmsg_next
#define mnl_nlmsg_seq_ok ours_nlmsg_seq_ok
#define mnl_nlmsg_portid_ok ours_nlmsg_portid_ok
#define mnl_attr_get_type ours_attr_get_type
#define mnl_attr_get_payload_len ours_attr_get_payload_len
#define mnl_attr_get_payload ours_attr_get_payload
#define mnl_attr_put ours_attr_put
#define mnl_attr_put_u32 ours_attr_put_u32
#define mnl_attr_nest_start ours_attr_nest_start
#define mnl_attr_nest_end ours_attr_nest_end
#define mnl_attr_ok ours_attr_ok
#define mnl_attr_next ours_attr_next
#define mnl_socket_open2 ours_socket_open2
#define mnl_socket_bind ours_socket_bind
#define mnl_socket_close ours_socket_close
#define mnl_socket_get_portid ours_socket_get_portid
#define mnl_socket_sendto ours_socket_sendto
#define mnl_socket_recvfrom ours_socket_recvfrom
#define mnl_cb_run ours_cb_run
/* Two files have a static of this name. */
#define at message_at
#include "runtime/net/mnl/message.c"
#undef at
#define at attribute_at
#include "runtime/net/mnl/attribute.c"
#include "runtime/net/mnl/callback.c"
#include "runtime/net/mnl/socket.c"
