# SPDX-License-Identifier: MIT
# Addresses and routes; link with -lmnl.
net_SRCS := runtime/net/net.c runtime/net/request.c runtime/net/device.c \
	runtime/net/card.c runtime/net/scrub.c runtime/net/namespace.c \
	runtime/net/pair.c runtime/net/nft.c runtime/net/nat.c \
	runtime/base/err.c runtime/base/fd.c

# What -lmnl means for static programs.
mnl_SRCS := runtime/net/mnl/message.c runtime/net/mnl/attribute.c \
	runtime/net/mnl/socket.c runtime/net/mnl/callback.c

TESTS += net_test card_test scrub_test nat_test mnl_test
net_test_SRCS := tests/unit/net/net_test.c $(net_SRCS)
net_test_LIBS := -lmnl
nat_test_SRCS := tests/unit/net/nat_test.c tests/unit/net/frame.c $(net_SRCS)
nat_test_LIBS := -lmnl
card_test_SRCS := tests/unit/net/card_test.c $(net_SRCS)
card_test_LIBS := -lmnl
scrub_test_SRCS := tests/unit/net/scrub_test.c $(net_SRCS)
scrub_test_LIBS := -lmnl
mnl_test_SRCS := tests/unit/net/mnl_test.c tests/unit/net/mnl_ours.c
mnl_test_LIBS := -lmnl
