-- Tells every replica of what decides about somebody's streams, or is somebody's own: server/notices reads it. A
-- notification goes out when its transaction commits, and never when it does not.
CREATE FUNCTION tell_own_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  PERFORM pg_notify('mvdb_notices', json_build_object(
    'user', CASE TG_TABLE_NAME WHEN 'users' THEN changed ->> 'id' ELSE changed ->> 'user_id' END,
    'entity', TG_TABLE_NAME, 'txid', pg_current_xact_id()::text)::text);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tell_own_row_made AFTER INSERT OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION tell_own_row();
--> statement-breakpoint
CREATE TRIGGER tell_own_row_changed AFTER UPDATE ON users FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tell_own_row();
--> statement-breakpoint
CREATE TRIGGER tell_own_row_made AFTER INSERT OR DELETE ON company_members FOR EACH ROW EXECUTE FUNCTION tell_own_row();
--> statement-breakpoint
CREATE TRIGGER tell_own_row_changed AFTER UPDATE ON company_members FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tell_own_row();
--> statement-breakpoint
CREATE FUNCTION tell_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('mvdb_notices', json_build_object('company', NEW.id)::text);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tell_company AFTER UPDATE ON companies FOR EACH ROW
  WHEN (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at) EXECUTE FUNCTION tell_company();
--> statement-breakpoint
CREATE FUNCTION auth.tell_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('mvdb_notices', json_build_object('user', OLD.user_id)::text);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tell_session AFTER DELETE ON auth.sessions FOR EACH ROW EXECUTE FUNCTION auth.tell_session();
