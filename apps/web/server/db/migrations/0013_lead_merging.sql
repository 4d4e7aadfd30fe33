ALTER TABLE "leads" ADD COLUMN "merged_into" uuid;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_tenant" UNIQUE("company_id","id");--> statement-breakpoint
-- Whoever deletes a lead deletes what was merged into it, in the same transaction: the trigger of a deletion runs for each of them.
ALTER TABLE "leads" ADD CONSTRAINT "leads_merged_tenant" FOREIGN KEY ("company_id","merged_into") REFERENCES "public"."leads"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "leads_merged" ON "leads" USING btree ("company_id","merged_into") WHERE "leads"."merged_into" is not null;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_not_into_itself" CHECK ("leads"."merged_into" is null or "leads"."merged_into" <> "leads"."id");
