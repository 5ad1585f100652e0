-- The rights of orgd's workers: to read and write rows, and nothing else. Run once by the database's administrator after
-- 'orgctl migrate', with the database's name in the GRANT if it is not orgd, then give the role to the workers' user:
--
--     CREATE USER 'orgd'@'localhost' IDENTIFIED BY '…';
--     GRANT orgd_application TO 'orgd'@'localhost';
--     SET DEFAULT ROLE orgd_application FOR 'orgd'@'localhost';
--
-- Where a hosting panel gives one user with all rights and no roles, leave this file out.
CREATE ROLE IF NOT EXISTS orgd_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON orgd.* TO orgd_application;
