-- A change is counted and dated here, once, whoever makes it. An update that changes nothing keeps both, so that
-- nobody's copy is told of a change that there is not.
CREATE FUNCTION stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.row_version := OLD.row_version;
  NEW.updated_at := OLD.updated_at;
  IF NEW IS DISTINCT FROM OLD THEN
    NEW.row_version := OLD.row_version + 1;
    NEW.updated_at := now();
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER stamp_change BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION stamp_change();
--> statement-breakpoint
CREATE TRIGGER stamp_change BEFORE UPDATE ON companies FOR EACH ROW EXECUTE FUNCTION stamp_change();
--> statement-breakpoint
CREATE TRIGGER stamp_change BEFORE UPDATE ON company_members FOR EACH ROW EXECUTE FUNCTION stamp_change();
--> statement-breakpoint
CREATE TRIGGER stamp_change BEFORE UPDATE ON user_groups FOR EACH ROW EXECUTE FUNCTION stamp_change();
--> statement-breakpoint
CREATE TRIGGER stamp_change BEFORE UPDATE ON user_group_members FOR EACH ROW EXECUTE FUNCTION stamp_change();
--> statement-breakpoint
CREATE TRIGGER stamp_change BEFORE UPDATE ON workspaces FOR EACH ROW EXECUTE FUNCTION stamp_change();
--> statement-breakpoint
CREATE TRIGGER stamp_change BEFORE UPDATE ON folders FOR EACH ROW EXECUTE FUNCTION stamp_change();
--> statement-breakpoint
CREATE TRIGGER stamp_change BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION stamp_change();
--> statement-breakpoint
-- Name, e-mail and picture of a member are the person's: a member row cannot say anything else. The share lock makes a
-- new member wait for the person's own update that runs at the same time; an update needs no lock, because tell_memberships
-- comes to the same row, and one here would make the two wait for each other.
-- It runs before stamp_change: triggers of one kind run in the order of their names.
CREATE FUNCTION copy_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM 1 FROM users u WHERE u.id = NEW.user_id FOR SHARE;
  END IF;
  SELECT u.name, u.email, u.avatar_url INTO NEW.name, NEW.email, NEW.avatar_url FROM users u WHERE u.id = NEW.user_id;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER copy_person BEFORE INSERT OR UPDATE ON company_members FOR EACH ROW EXECUTE FUNCTION copy_person();
--> statement-breakpoint
-- The update below changes nothing by itself: copy_person fetches what is new.
CREATE FUNCTION tell_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE company_members SET user_id = user_id WHERE user_id = NEW.id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tell_memberships AFTER UPDATE ON users FOR EACH ROW
  WHEN ((OLD.name, OLD.email, OLD.avatar_url) IS DISTINCT FROM (NEW.name, NEW.email, NEW.avatar_url))
  EXECUTE FUNCTION tell_memberships();
