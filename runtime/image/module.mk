# OCI images: the unpacker and what puts its layers together. image_SRCS is
# what a program that starts unpackers (and is one) links, with image_LIBS and
# with base_SRCS.
unpack_SRCS := runtime/image/unpack.c runtime/image/store.c \
	runtime/image/json.c runtime/image/manifest.c runtime/image/config.c \
	runtime/image/signals.c runtime/image/digest.c runtime/image/stream.c \
	runtime/image/layer.c runtime/image/entry.c runtime/image/whiteout.c \
	runtime/image/directories.c \
	runtime/image/path.c runtime/image/tree.c runtime/image/users.c \
	runtime/image/reply.c
image_SRCS := $(unpack_SRCS) runtime/image/unpacker.c runtime/image/jail.c \
	runtime/image/host.c runtime/image/start.c runtime/image/root.c runtime/image/etc.c \
	runtime/image/mountfs.c runtime/image/storage.c runtime/image/quota.c \
	runtime/image/trash.c runtime/image/files.c \
	runtime/base/allow.c policy/calls.c
unpack_LIBS := -larchive -lzstd -lz -ljansson -lsodium
image_LIBS := $(unpack_LIBS) -lseccomp

TESTS += image_etc_test
image_etc_test_SRCS := tests/unit/image/etc_test.c tests/unit/image/place.c \
	runtime/image/etc.c $(base_SRCS)

TESTS += image_files_test image_parts_test image_layer_test image_store_test image_host_test
image_parts_test_SRCS := tests/unit/image/parts_test.c \
	tests/unit/image/place.c $(unpack_SRCS) \
	$(base_SRCS)
image_parts_test_LIBS := $(unpack_LIBS)
image_layer_test_SRCS := tests/unit/image/layer_test.c \
	tests/unit/image/tar.c tests/unit/image/place.c $(unpack_SRCS) $(base_SRCS)
image_layer_test_LIBS := $(unpack_LIBS)
image_store_test_SRCS := tests/unit/image/store_test.c \
	tests/unit/image/tar.c tests/unit/image/place.c tests/unit/image/archive.c $(unpack_SRCS) \
	$(base_SRCS)
image_store_test_LIBS := $(unpack_LIBS)
image_files_test_SRCS := tests/unit/image/files_test.c $(image_SRCS) $(base_SRCS)
image_files_test_LIBS := $(image_LIBS)
image_host_test_SRCS := tests/unit/image/host_test.c tests/unit/image/place.c \
	tests/unit/image/tar.c tests/unit/image/archive.c $(image_SRCS) \
	$(base_SRCS)
image_host_test_LIBS := $(image_LIBS)

# The process that the tests start as the unpacker: confined, it could not be
# one with the sanitizers in it.
unpacker_objects := $(patsubst %.c,$(BUILD)/obj/musl/%.o, \
	tests/unit/image/unpacker.c $(image_SRCS) $(base_SRCS) \
	runtime/base/relro.c)
$(BUILD)/musl/unpacker: $(unpacker_objects)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(call link_musl,$(image_LIBS))

$(BUILD)/musl/image_host_test $(BUILD)/asan/image_host_test: \
	| $(BUILD)/musl/unpacker
