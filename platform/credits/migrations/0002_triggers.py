"""What the database itself guarantees: append-only, balanced entries, kept balances."""

from django.db import migrations

CREATE = """
CREATE FUNCTION credits_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: correct an entry by another entry';
END $$;
CREATE TRIGGER credits_entry_append_only BEFORE UPDATE OR DELETE ON credits_entry
    FOR EACH ROW EXECUTE FUNCTION credits_append_only();
CREATE TRIGGER credits_line_append_only BEFORE UPDATE OR DELETE ON credits_line
    FOR EACH ROW EXECUTE FUNCTION credits_append_only();

CREATE FUNCTION credits_keep_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Every movement touches a house account: keeping its balance would make all learners queue for one row.
    UPDATE credits_account SET balance = balance + NEW.amount WHERE id = NEW.account_id AND kind = 'learner';
    RETURN NULL;
END $$;
CREATE TRIGGER credits_line_balance AFTER INSERT ON credits_line
    FOR EACH ROW EXECUTE FUNCTION credits_keep_balance();

CREATE FUNCTION credits_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount) FROM credits_line WHERE entry_id = NEW.entry_id) <> 0 THEN
        RAISE EXCEPTION 'Entry % does not balance', NEW.entry_id;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credits_line_entry_balances AFTER INSERT ON credits_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credits_entry_balances();
"""

DROP = """
DROP TRIGGER credits_line_entry_balances ON credits_line;
DROP TRIGGER credits_line_balance ON credits_line;
DROP TRIGGER credits_line_append_only ON credits_line;
DROP TRIGGER credits_entry_append_only ON credits_entry;
DROP FUNCTION credits_entry_balances;
DROP FUNCTION credits_keep_balance;
DROP FUNCTION credits_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
