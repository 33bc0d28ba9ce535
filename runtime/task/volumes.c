#include "runtime/task/volumes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/image/image.h"
#include "runtime/task/launch.h"

/* By index, not by the user's name: nothing foreign gets into a path. */
static void volume_name(const struct task_state *task, uint32_t index,
			char name[VOLUMES_NAME_MAX])
{
	snprintf(name, VOLUMES_NAME_MAX, "%s-%u", task->id, index);
}

void volumes_root_name(const struct task_state *task, uint32_t c,
		       char name[VOLUMES_NAME_MAX])
{
	snprintf(name, VOLUMES_NAME_MAX, "%s-root-%u", task->id, c);
}

int volumes_make(const struct task_state *task, const struct plan_task *plan,
		 struct err *e)
{
	char label[LAUNCH_LABEL_MAX];

	launch_file_label(task, label);
	for (uint32_t i = 0; i < plan->volumes.count; i++) {
		const struct plan_volume *v = &plan->volumes.items[i];
		char name[VOLUMES_NAME_MAX];
		const struct image_volume volume = {
			.name = name,
			.label = label,
			.bytes = (uint64_t)v->size_mib << 20,
			.uid = (uint32_t)v->uid,
			.gid = (uint32_t)v->gid,
			.mode = v->mode[0] ? v->mode : "0755",
		};
		int r;

		volume_name(task, i, name);
		r = image_volume_make(&volume, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int volumes_open(const struct task_state *task, const struct plan_task *plan,
		 const struct plan_mount_point *m, int *fd, struct err *e)
{
	for (uint32_t i = 0; i < plan->volumes.count; i++) {
		char name[VOLUMES_NAME_MAX];

		if (strcmp(plan->volumes.items[i].name, m->source_volume) != 0)
			continue;
		volume_name(task, i, name);
		return image_volume_open(name, fd, e);
	}
	return err_set(e, ENOENT, "volume of the task");
}

void volumes_drop(const struct task_state *task, const struct plan_task *plan)
{
	for (uint32_t c = 0; c < plan->containers.count; c++) {
		char name[VOLUMES_NAME_MAX];

		volumes_root_name(task, c, name);
		image_root_drop(name);
	}
	for (uint32_t i = 0; i < plan->volumes.count; i++) {
		char name[VOLUMES_NAME_MAX];

		volume_name(task, i, name);
		image_volume_drop(name);
	}
}
