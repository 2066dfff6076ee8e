-- What drizzle has no words for, so that the catalog equals the original's at level `db 0041`.
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS btree_gist;
--> statement-breakpoint
CREATE UNIQUE INDEX "db_collectionitem_unique_debian_environment" ON "db_collectionitem"
  ((data ->> 'codename'), (data ->> 'architecture'), (data ->> 'variant'), parent_collection_id)
  NULLS NOT DISTINCT
  WHERE category = 'debian:environment' AND removed_at IS NULL;
--> statement-breakpoint
ALTER TABLE "db_collectionitemmatchconstraint" ADD CONSTRAINT "db_collectionitemmatchconstraint_match_value"
  EXCLUDE USING gist (collection_id WITH =, constraint_name WITH =, key WITH =, value WITH <>);
--> statement-breakpoint
ALTER TABLE "db_artifact" ALTER CONSTRAINT "db_artifact_created_by_id_7d1db5a8_fk_db_user_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_artifact" ALTER CONSTRAINT "db_artifact_created_by_work_requ_3751aaef_fk_db_workre" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_artifact" ALTER CONSTRAINT "db_artifact_workspace_id_5646e56a_fk_db_workspace_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_artifactrelation" ALTER CONSTRAINT "db_artifactrelation_artifact_id_717cc008_fk_db_artifact_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_artifactrelation" ALTER CONSTRAINT "db_artifactrelation_target_id_7175c2a4_fk_db_artifact_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_collection" ALTER CONSTRAINT "db_collection_workspace_id_67b7a2be_fk_db_workspace_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_collectionitem" ALTER CONSTRAINT "db_collectionitem_artifact_id_0ab4fc62_fk_db_artifact_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_collectionitem" ALTER CONSTRAINT "db_collectionitem_collection_id_1913be22_fk_db_collection_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_collectionitem" ALTER CONSTRAINT "db_collectionitem_created_by_user_id_ca724b1a_fk_db_user_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_collectionitem" ALTER CONSTRAINT "db_collectionitem_parent_collection_id_7b1febd7_fk_db_collec" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_collectionitem" ALTER CONSTRAINT "db_collectionitem_removed_by_user_id_beeadb57_fk_db_user_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_collectionitemmatchconstraint" ALTER CONSTRAINT "db_collectionitemmat_collection_id_9113109c_fk_db_collec" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_fileinartifact" ALTER CONSTRAINT "db_fileinartifact_artifact_id_e787236c_fk_db_artifact_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_fileinartifact" ALTER CONSTRAINT "db_fileinartifact_file_id_24423503_fk_db_file_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_fileinstore" ALTER CONSTRAINT "db_fileinstore_file_id_4eb06486_fk_db_file_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_fileinstore" ALTER CONSTRAINT "db_fileinstore_store_id_d2496ef2_fk_db_filestore_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_fileupload" ALTER CONSTRAINT "db_fileupload_file_in_artifact_id_3deeef0e_fk_db_filein" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_identity" ALTER CONSTRAINT "db_identity_user_id_40c053d4_fk_db_user_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_token" ALTER CONSTRAINT "db_token_user_id_b2190254_fk_db_user_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_user_groups" ALTER CONSTRAINT "db_user_groups_group_id_b432fca5_fk_auth_group_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_user_groups" ALTER CONSTRAINT "db_user_groups_user_id_6ae08316_fk_db_user_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_user_user_permissions" ALTER CONSTRAINT "db_user_user_permiss_permission_id_f4793bd3_fk_auth_perm" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_user_user_permissions" ALTER CONSTRAINT "db_user_user_permissions_user_id_ca919cec_fk_db_user_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_worker" ALTER CONSTRAINT "db_worker_token_id_41bc93dc_fk_db_token_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workflowtemplate" ALTER CONSTRAINT "db_workflowtemplate_workspace_id_f0f07a11_fk_db_workspace_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workrequest" ALTER CONSTRAINT "db_workrequest_created_by_id_a526a7ef_fk_db_user_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workrequest" ALTER CONSTRAINT "db_workrequest_internal_collection__c8389247_fk_db_collec" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workrequest" ALTER CONSTRAINT "db_workrequest_parent_id_3c435ef3_fk_db_workrequest_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workrequest" ALTER CONSTRAINT "db_workrequest_worker_id_3a631f2b_fk_db_worker_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workrequest" ALTER CONSTRAINT "db_workrequest_workspace_id_7c16b860_fk_db_workspace_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workrequest_dependencies" ALTER CONSTRAINT "db_workrequest_depen_from_workrequest_id_6d171077_fk_db_workre" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workrequest_dependencies" ALTER CONSTRAINT "db_workrequest_depen_to_workrequest_id_d8531093_fk_db_workre" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workspace" ALTER CONSTRAINT "db_workspace_default_file_store_id_60278b00_fk_db_filestore_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workspace_other_file_stores" ALTER CONSTRAINT "db_workspace_other_f_filestore_id_e1ccfaea_fk_db_filest" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "db_workspace_other_file_stores" ALTER CONSTRAINT "db_workspace_other_f_workspace_id_98c5f17d_fk_db_worksp" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "auth_group_permissions" ALTER CONSTRAINT "auth_group_permissio_permission_id_84c5c92e_fk_auth_perm" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "auth_group_permissions" ALTER CONSTRAINT "auth_group_permissions_group_id_b120cbf9_fk_auth_group_id" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
ALTER TABLE "auth_permission" ALTER CONSTRAINT "auth_permission_content_type_id_2f476e4b_fk_django_co" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
-- The rows that the original's migrations leave behind, under the same ids.
INSERT INTO "db_filestore" (id, name, backend, configuration) VALUES (1, 'Default', 'Local', '{}');
--> statement-breakpoint
INSERT INTO "db_workspace" (id, name, public, default_expiration_delay, default_file_store_id)
VALUES (1, 'System', false, interval '0', 1);
--> statement-breakpoint
INSERT INTO "django_content_type" (id, app_label, model) VALUES
  (1, 'auth', 'permission'),
  (2, 'auth', 'group'),
  (3, 'contenttypes', 'contenttype'),
  (4, 'db', 'user'),
  (5, 'db', 'artifact'),
  (6, 'db', 'artifactrelation'),
  (7, 'db', 'file'),
  (8, 'db', 'fileinartifact'),
  (9, 'db', 'fileinstore'),
  (10, 'db', 'filestore'),
  (11, 'db', 'token'),
  (12, 'db', 'worker'),
  (13, 'db', 'workspace'),
  (14, 'db', 'workrequest'),
  (15, 'db', 'fileupload'),
  (16, 'db', 'notificationchannel'),
  (17, 'db', 'identity'),
  (18, 'db', 'collection'),
  (19, 'db', 'collectionitem'),
  (20, 'db', 'collectionitemmatchconstraint'),
  (21, 'db', 'workflowtemplate');
--> statement-breakpoint
INSERT INTO "auth_permission" (id, name, content_type_id, codename) VALUES
  (1, 'Can add permission', 1, 'add_permission'),
  (2, 'Can change permission', 1, 'change_permission'),
  (3, 'Can delete permission', 1, 'delete_permission'),
  (4, 'Can view permission', 1, 'view_permission'),
  (5, 'Can add group', 2, 'add_group'),
  (6, 'Can change group', 2, 'change_group'),
  (7, 'Can delete group', 2, 'delete_group'),
  (8, 'Can view group', 2, 'view_group'),
  (9, 'Can add content type', 3, 'add_contenttype'),
  (10, 'Can change content type', 3, 'change_contenttype'),
  (11, 'Can delete content type', 3, 'delete_contenttype'),
  (12, 'Can view content type', 3, 'view_contenttype'),
  (13, 'Can add user', 4, 'add_user'),
  (14, 'Can change user', 4, 'change_user'),
  (15, 'Can delete user', 4, 'delete_user'),
  (16, 'Can view user', 4, 'view_user'),
  (17, 'Can add artifact', 5, 'add_artifact'),
  (18, 'Can change artifact', 5, 'change_artifact'),
  (19, 'Can delete artifact', 5, 'delete_artifact'),
  (20, 'Can view artifact', 5, 'view_artifact'),
  (21, 'Can add artifact relation', 6, 'add_artifactrelation'),
  (22, 'Can change artifact relation', 6, 'change_artifactrelation'),
  (23, 'Can delete artifact relation', 6, 'delete_artifactrelation'),
  (24, 'Can view artifact relation', 6, 'view_artifactrelation'),
  (25, 'Can add file', 7, 'add_file'),
  (26, 'Can change file', 7, 'change_file'),
  (27, 'Can delete file', 7, 'delete_file'),
  (28, 'Can view file', 7, 'view_file'),
  (29, 'Can add file in artifact', 8, 'add_fileinartifact'),
  (30, 'Can change file in artifact', 8, 'change_fileinartifact'),
  (31, 'Can delete file in artifact', 8, 'delete_fileinartifact'),
  (32, 'Can view file in artifact', 8, 'view_fileinartifact'),
  (33, 'Can add file in store', 9, 'add_fileinstore'),
  (34, 'Can change file in store', 9, 'change_fileinstore'),
  (35, 'Can delete file in store', 9, 'delete_fileinstore'),
  (36, 'Can view file in store', 9, 'view_fileinstore'),
  (37, 'Can add file store', 10, 'add_filestore'),
  (38, 'Can change file store', 10, 'change_filestore'),
  (39, 'Can delete file store', 10, 'delete_filestore'),
  (40, 'Can view file store', 10, 'view_filestore'),
  (41, 'Can add token', 11, 'add_token'),
  (42, 'Can change token', 11, 'change_token'),
  (43, 'Can delete token', 11, 'delete_token'),
  (44, 'Can view token', 11, 'view_token'),
  (45, 'Can add worker', 12, 'add_worker'),
  (46, 'Can change worker', 12, 'change_worker'),
  (47, 'Can delete worker', 12, 'delete_worker'),
  (48, 'Can view worker', 12, 'view_worker'),
  (49, 'Can add workspace', 13, 'add_workspace'),
  (50, 'Can change workspace', 13, 'change_workspace'),
  (51, 'Can delete workspace', 13, 'delete_workspace'),
  (52, 'Can view workspace', 13, 'view_workspace'),
  (53, 'Can add work request', 14, 'add_workrequest'),
  (54, 'Can change work request', 14, 'change_workrequest'),
  (55, 'Can delete work request', 14, 'delete_workrequest'),
  (56, 'Can view work request', 14, 'view_workrequest'),
  (57, 'Can set positive priority adjustments on work requests', 14, 'manage_workrequest_priorities'),
  (58, 'Can add file upload', 15, 'add_fileupload'),
  (59, 'Can change file upload', 15, 'change_fileupload'),
  (60, 'Can delete file upload', 15, 'delete_fileupload'),
  (61, 'Can view file upload', 15, 'view_fileupload'),
  (62, 'Can add notification channel', 16, 'add_notificationchannel'),
  (63, 'Can change notification channel', 16, 'change_notificationchannel'),
  (64, 'Can delete notification channel', 16, 'delete_notificationchannel'),
  (65, 'Can view notification channel', 16, 'view_notificationchannel'),
  (66, 'Can add identity', 17, 'add_identity'),
  (67, 'Can change identity', 17, 'change_identity'),
  (68, 'Can delete identity', 17, 'delete_identity'),
  (69, 'Can view identity', 17, 'view_identity'),
  (70, 'Can add collection', 18, 'add_collection'),
  (71, 'Can change collection', 18, 'change_collection'),
  (72, 'Can delete collection', 18, 'delete_collection'),
  (73, 'Can view collection', 18, 'view_collection'),
  (74, 'Can add collection item', 19, 'add_collectionitem'),
  (75, 'Can change collection item', 19, 'change_collectionitem'),
  (76, 'Can delete collection item', 19, 'delete_collectionitem'),
  (77, 'Can view collection item', 19, 'view_collectionitem'),
  (78, 'Can add collection item match constraint', 20, 'add_collectionitemmatchconstraint'),
  (79, 'Can change collection item match constraint', 20, 'change_collectionitemmatchconstraint'),
  (80, 'Can delete collection item match constraint', 20, 'delete_collectionitemmatchconstraint'),
  (81, 'Can view collection item match constraint', 20, 'view_collectionitemmatchconstraint'),
  (82, 'Can add workflow template', 21, 'add_workflowtemplate'),
  (83, 'Can change workflow template', 21, 'change_workflowtemplate'),
  (84, 'Can delete workflow template', 21, 'delete_workflowtemplate'),
  (85, 'Can view workflow template', 21, 'view_workflowtemplate');
--> statement-breakpoint
-- The original's migration history: it continues from here. A later release of it split step 0023 into three
-- and left its old name behind three times.
INSERT INTO "django_migrations" (id, app, name, applied) VALUES
  (1, 'contenttypes', '0001_initial', now()),
  (2, 'contenttypes', '0002_remove_content_type_name', now()),
  (3, 'auth', '0001_initial', now()),
  (4, 'auth', '0002_alter_permission_name_max_length', now()),
  (5, 'auth', '0003_alter_user_email_max_length', now()),
  (6, 'auth', '0004_alter_user_username_opts', now()),
  (7, 'auth', '0005_alter_user_last_login_null', now()),
  (8, 'auth', '0006_require_contenttypes_0002', now()),
  (9, 'auth', '0007_alter_validators_add_error_messages', now()),
  (10, 'auth', '0008_alter_user_username_max_length', now()),
  (11, 'auth', '0009_alter_user_last_name_max_length', now()),
  (12, 'auth', '0010_alter_group_name_max_length', now()),
  (13, 'auth', '0011_update_proxy_permissions', now()),
  (14, 'auth', '0012_alter_user_first_name_max_length', now()),
  (15, 'db', '0001_initial', now()),
  (16, 'db', '0002_create_default_store', now()),
  (17, 'db', '0003_create_workspace', now()),
  (18, 'db', '0004_add_field_user_to_token', now()),
  (19, 'db', '0005_workrequest_created_by', now()),
  (20, 'db', '0006_alter_workrequest_created_by', now()),
  (21, 'db', '0007_notificationchannel', now()),
  (22, 'db', '0008_artifact_created_by', now()),
  (23, 'db', '0009_alter_token_comment', now()),
  (24, 'db', '0010_identity', now()),
  (25, 'db', '0011_auto_20231024_1213', now()),
  (26, 'db', '0012_workspace_default_expiration_delay', now()),
  (27, 'db', '0013_expiration_delay', now()),
  (28, 'db', '0014_artifact_underscore_names', now()),
  (29, 'db', '0015_alter_fileinartifact_file_non_null', now()),
  (30, 'db', '0016_worker_internal', now()),
  (31, 'db', '0017_collections', now()),
  (32, 'db', '0018_workrequest_worker_blank', now()),
  (33, 'db', '0019_autopkgtest_task_data', now()),
  (34, 'db', '0020_alter_filestore_backend', now()),
  (35, 'db', '0021_rename_constraints', now()),
  (36, 'db', '0022_collectionitem_db_collectionitem_unique_debian_environment', now()),
  (37, 'db', '0023_token_hash', now()),
  (38, 'db', '0023_token_hash', now()),
  (39, 'db', '0023_token_hash', now()),
  (40, 'db', '0023_token_hash_initial', now()),
  (41, 'db', '0024_token_hash_data', now()),
  (42, 'db', '0025_token_hash_final', now()),
  (43, 'db', '0026_suite_collection', now()),
  (44, 'db', '0027_workrequest_task_type', now()),
  (45, 'db', '0028_workrequest_changes_for_workflows', now()),
  (46, 'db', '0029_workflowtemplate', now()),
  (47, 'db', '0030_move_task_type', now()),
  (48, 'db', '0031_workrequest_priorities', now()),
  (49, 'db', '0032_workrequest_manage_priorities_permission', now()),
  (50, 'db', '0033_collectionitem_tighten_unique_active_name', now()),
  (51, 'db', '0034_workrequest_pydantic', now()),
  (52, 'db', '0035_autopkgtest_extra_environment', now()),
  (53, 'db', '0036_workrequest_fix_task_type', now()),
  (54, 'db', '0037_workrequest_internal_collection', now()),
  (55, 'db', '0038_alter_workrequest_parent', now()),
  (56, 'db', '0039_rename_environment_id', now()),
  (57, 'db', '0040_blhc_lookup', now()),
  (58, 'db', '0041_piuparts_lookup', now());
--> statement-breakpoint
SELECT setval(pg_get_serial_sequence('db_filestore', 'id'), 1);
--> statement-breakpoint
SELECT setval(pg_get_serial_sequence('db_workspace', 'id'), 1);
--> statement-breakpoint
SELECT setval(pg_get_serial_sequence('django_content_type', 'id'), 21);
--> statement-breakpoint
SELECT setval(pg_get_serial_sequence('auth_permission', 'id'), 85);
--> statement-breakpoint
SELECT setval(pg_get_serial_sequence('django_migrations', 'id'), 58);
