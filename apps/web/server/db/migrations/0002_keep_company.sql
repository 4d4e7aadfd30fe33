-- A row belongs to its company for good. The shapes of two companies go into one local table each: for a browser that
-- holds both, a row that moved would be a delete in one log and an insert in the other, in no order, and it could end
-- without the row. What shall be in another company is made there anew.
CREATE FUNCTION keep_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A row of % stays in the company that it was made in.', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = 'keep_company', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'company_id';
END $$;
--> statement-breakpoint
CREATE TRIGGER keep_company BEFORE UPDATE ON company_members FOR EACH ROW
  WHEN (OLD.company_id IS DISTINCT FROM NEW.company_id) EXECUTE FUNCTION keep_company();
--> statement-breakpoint
CREATE TRIGGER keep_company BEFORE UPDATE ON user_groups FOR EACH ROW
  WHEN (OLD.company_id IS DISTINCT FROM NEW.company_id) EXECUTE FUNCTION keep_company();
--> statement-breakpoint
CREATE TRIGGER keep_company BEFORE UPDATE ON user_group_members FOR EACH ROW
  WHEN (OLD.company_id IS DISTINCT FROM NEW.company_id) EXECUTE FUNCTION keep_company();
--> statement-breakpoint
CREATE TRIGGER keep_company BEFORE UPDATE ON workspaces FOR EACH ROW
  WHEN (OLD.company_id IS DISTINCT FROM NEW.company_id) EXECUTE FUNCTION keep_company();
--> statement-breakpoint
CREATE TRIGGER keep_company BEFORE UPDATE ON folders FOR EACH ROW
  WHEN (OLD.company_id IS DISTINCT FROM NEW.company_id) EXECUTE FUNCTION keep_company();
--> statement-breakpoint
CREATE TRIGGER keep_company BEFORE UPDATE ON leads FOR EACH ROW
  WHEN (OLD.company_id IS DISTINCT FROM NEW.company_id) EXECUTE FUNCTION keep_company();
