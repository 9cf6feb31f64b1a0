# What the tests' Redmine starts with. Run by `rails runner`, once per machine.
require 'digest/sha1'

ActiveRecord::Base.logger = nil
Redmine::DefaultData::Loader.load('en')
{
  rest_api_enabled: '1', notified_events: [], text_formatting: 'common_mark', attachment_max_size: 204_800,
  app_title: 'Accord test', login_required: '0', default_language: 'en', plain_text_mail: '1'
}.each { |name, value| Setting[name] = value }

def key_of(user)
  Token.where(user_id: user.id, action: 'api').delete_all
  Token.create!(user_id: user.id, action: 'api').update_column(:value, Digest::SHA1.hexdigest("redmine-key-#{user.login}"))
end

admin = User.find_by_login('admin')
admin.update!(must_change_passwd: false, language: 'en')
key_of(admin)
people = %w[alice bob carol syncbot].to_h do |login|
  user = User.new(firstname: login.capitalize, lastname: 'Test', mail: "#{login}@example.net", language: 'en')
  user.login = login
  user.mail_notification = 'none'
  user.password = user.password_confirmation = "#{login}-password"
  user.admin = login == 'syncbot'
  user.save!
  key_of(user)
  [login, user]
end

roles = {'alice' => 'Manager', 'bob' => 'Developer', 'carol' => 'Reporter', 'syncbot' => 'Manager'}
roles.transform_values! { |name| Role.find_by_name!(name) }
modules = Redmine::AccessControl.available_project_modules.map(&:to_s)
[['alpha', roles.keys], ['beta', roles.keys], ['hidden', ['syncbot']]].each do |identifier, members|
  project = Project.new(name: identifier.capitalize, identifier: identifier, is_public: identifier != 'hidden')
  project.enabled_module_names = modules
  project.trackers = Tracker.all.to_a
  project.save!
  members.each { |login| Member.create!(principal: people[login], project: project, roles: [roles[login]]) }
  %w[Backend Frontend].each { |name| IssueCategory.create!(project: project, name: name) }
  %w[1.0 2.0].each { |name| Version.create!(project: project, name: name) }
end

%w[Testing Deferred].each { |name| IssueStatus.create!(name: name, is_closed: false) }

# Bugs and features go from every status to every other, support requests only step by step.
statuses = IssueStatus.order(:position).pluck(:id)
support = Tracker.find_by_name!('Support').id
steps = statuses.first(3).each_cons(2).to_a + [[statuses[2], statuses[4]]]
WorkflowTransition.delete_all
rows = Role.where(builtin: 0).pluck(:id).product(Tracker.pluck(:id)).flat_map do |role, tracker|
  pairs = tracker == support ? steps + [[0, statuses[0]]] : ([0] + statuses).product(statuses)
  pairs.reject { |from, to| from == to }.map do |from, to|
    {role_id: role, tracker_id: tracker, old_status_id: from, new_status_id: to,
     type: 'WorkflowTransition', author: false, assignee: false}
  end
end
WorkflowTransition.insert_all(rows)

{
  'Sync mark' => ['string'],
  'Severity' => ['list', {possible_values: %w[Low Medium High]}],
  'Labels' => ['list', {possible_values: ['red', 'green', 'blue', 'deep purple', 'ünï'], multiple: true}],
  'Platforms' => ['list', {possible_values: %w[Linux macOS Windows], multiple: true}],
  'points' => ['int'],
  'Effort' => ['float'],
  'Go-live' => ['date'],
  'Customer visible' => ['bool'],
  'Remarks' => ['text'],
  'Reviewer' => ['user'],
  'Found in' => ['version'],
  'Ticket' => ['link'],
}.each do |name, (format, options)|
  field = IssueCustomField.new({name: name, field_format: format, is_for_all: true, is_filter: true}.merge(options || {}))
  field.tracker_ids = Tracker.pluck(:id)
  field.save!
end
