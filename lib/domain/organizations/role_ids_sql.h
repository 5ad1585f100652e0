/* The ids of the system's roles are the organization's with the last three bits changed. */
#ifndef ORGD_ROLE_IDS_SQL_H
#define ORGD_ROLE_IDS_SQL_H

/* What an id has in common with those of the system's roles of the organization of that id, as
 * orgd_organizations.role_ids; and the last id that has it in common. */
#define ROLE_IDS_OF(id) "CONCAT(LEFT(" id ", 15), CHAR(ASCII(RIGHT(" id ", 1)) & 248))"
#define ROLE_IDS_END_OF(id) "CONCAT(LEFT(" id ", 15), CHAR(ASCII(RIGHT(" id ", 1)) | 7))"

#endif
