"""More names, firms and ways to write an address, from general knowledge; see personal_lists."""

# ruff: noqa: E501, SIM905
from __future__ import annotations

from typing import Final

FIRST: Final = (
    "Abdallah Abdul Abdulrahman Adel Ahlam Amal Amjad Anwar Asma Ayman Basim Dalia Dina Faisal Farah Farid Farouk Fawzi "
    "Ghassan Habib Hadi Hala Hamza Hanan Hani Hatem Hisham Huda Hussein Iman Ismail Jamal Jamila Kamal Karim Latifa Lina "
    "Lubna Mahmoud Majid Malak Mariam Marwan Mazen Mona Mounir Mustafa Nabil Nadia Nasser Nawal Nizar Omar Qasim Rachid "
    "Rami Rana Rania Rashid Reem Riad Saad Sahar Said Salem Salma Samer Samir Sami Samira Sana Sawsan Shadi Sherif Souad "
    "Sulayman Taher Talal Walid Wafa Yahya Yasin Yasmin Yasser Yousef Zaid Ziad "
    "Ah-Young Bao Binh Bo Cai Chang Chao Cheng Chun Cong Da-Wei Dong Duc Dung Fang Fei Gang Guang Guo Hai Han He Heng Hien "
    "Hieu Hoa Hong Hua Huan Huy Jia Jian Jiang Jie Jin Juan Kang Kai Khanh Kiet Lan Lam Lei Lian Liang Lihua Lijuan Lin "
    "Loan Long Mai Man Meihui Ming Mingmei My Nam Nga Ngoc Nhi Nhung Ning Peng Phong Phuc Phuong Ping Qi Qian Qiang Qin "
    "Qing Quan Quang Quyen Rong Ru Rui Shan Shu Shun Son Song Tai Tam Tao Thao Thi Thien Thu Thuy Tian Tien Ting Tong Tram "
    "Trang Tri Trinh Trung Tu Tuan Tung Tuyet Van Viet Vinh Xiang Xin Xiu Xue Ya Yen Yi Ying Yong Yu Yuan Yue Yun Zhen "
    "Zheng Zhi Zhong Zi "
    "Aina Akemi Asuka Ayako Ayumi Chiyo Daiki Daisuke Eiji Emi Fumiko Goro Hana Haruka Hideo Hikari Hina Hiroko Hiroto "
    "Hitomi Ichiro Jiro Jun Junko Kaede Kana Kaori Katsu Kazuki Kazuko Kazuo Keiko Keisuke Kenta Kiyoshi Koji Kumiko Kyoko "
    "Makoto Mami Mariko Masako Masao Masato Mayumi Megumi Michiko Miho Mika Miku Minoru Mitsuko Miyuki Momoko Nana "
    "Natsuki Noboru Nobu Noriko Osamu Reiko Ren Rie Rika Riku Rina Ryo Ryota Sachiko Saki Satoko Satoshi Sayuri Shigeru "
    "Shin Shinji Sho Shota Sora Sumiko Taichi Takao Takashi Takumi Tamiko Taro Tatsuya Tetsuo Tomoko Toshio Tsubasa Yasuko "
    "Yoko Yoshiko Yui Yuka Yuko Yumi Yuna Yusuke Yuto "
    "Abiodun Ada Adebayo Adeola Adaobi Afolabi Akachi Akin Amarachi Amobi Anwuli Azubuike Babajide Bolanle Chiamaka "
    "Chidera Chidiebere Chijioke Chika Chima Chimamanda Chinedu Chinelo Chinonso Chinua Chinwe Chioma Chukwudi Chukwuemeka "
    "Dike Dubem Ebele Ebuka Echezona Efe Ejike Ekene Emenike Ezinne Femi Funmi Ifeanyi Ifeoma Ifunanya Ijeoma Ikechukwu "
    "Ikemefuna Iruka Jideofor Kelechi Kenechukwu Kosisochukwu Madu Munachi Ndidi Nkechi Nkiruka Nnamdi Nneka Nonso "
    "Nwabudike Obiageli Obinna Ogechi Okechukwu Oluchi Onyeka Onyekachi Osita Segun Sola Somtochukwu Tobechukwu Tochukwu "
    "Tolu Uchechi Uchenna Ugochi Urenna Uzoma Yemi Zikora Zimuzo "
    "Abeba Abel Abraham Adiam Afewerki Alganesh Almaz Amanuel Asmara Aster Awet Berhane Bereket Biniam Brikti Daniat "
    "Ermias Eyob Filmon Fiyori Freweyni Genet Ghebre Girma Hagos Haben Hiwet Kidane Kifle Luam Lula Makda Medhanie Melake "
    "Meron Mihret Mulu Natnael Nebiat Negash Rahwa Robel Ruta Saba Samrawit Semhar Senait Simon Tekle Temesgen Tsegay "
    "Tsehay Winta Yohannes Yonas Yordanos Zemichael "
    "Abbas Afsaneh Ali-Reza Amir Arash Ardeshir Atefeh Azadeh Azar Babak Bahar Bahram Behnam Behrouz Bijan Cyrus Dariush "
    "Ebrahim Elaheh Elham Esfandiar Farhad Fariba Farideh Farzaneh Fereshteh Fereydoun Firouz Forough Gholam Golnaz "
    "Hamid Hooman Houshang Iraj Jafar Javad Kamran Kaveh Keyvan Khosrow Ladan Laleh Leila Mahin Mahsa Majid Mandana "
    "Manouchehr Maryam Mehdi Mehran Mina Minoo Mitra Mohsen Morteza Nader Nahid Narges Nasrin Nazanin Niloufar Parisa "
    "Parvin Payam Pouria Ramin Reza Roya Saeed Shahram Shahrzad Shapour Shirin Simin Sohrab Soraya Taraneh Vahid Yalda Zahra "
    "Achara Anong Apinya Aran Arthit Boonmee Buppha Chai Chaiwat Chakan Chanchai Chatchai Chaiyo Daranee Decha Kamon Kannika "
    "Kasem Kiet Kittichai Kulap Lamai Malee Mongkut Nanda Narong Niran Noi Nok Pakpao Pensri Phairoh Pim Ploy Prasert Preecha "
    "Rattana Sakda Sarawut Siriporn Somboon Somchit Somporn Somsak Sukhon Sunan Supachai Suda Tawan Thaksin Ubon Udom Wanida "
    "Wichai Wirat Wattana Yupa "
    "Ajda Aleš Alenka Alojz Andraž Andreja Anja Anže Barbara Blaž Bojan Boris Borut Boštjan Branko Breda Damjan Darja Davorin "
    "Dejan Drago Dušan Gašper Gorazd Grega Irena Iztok Jaka Janez Jasna Jernej Jure Katja Klemen Lidija Ljubo Luka Majda Marjan "
    "Marjeta Marko Mateja Matej Matjaž Metka Miha Milan Milena Mirko Mojca Nada Nataša Neža Nejc Nika Peter Polona Primož Rok "
    "Romana Sašo Silva Simona Slavko Sonja Stane Štefan Tadej Tanja Tatjana Tina Tjaša Tomaž Uroš Urška Valentina Vesna Vid Vinko "
    "Ágnes András Anikó Árpád Attila Balázs Béla Bence Csaba Csilla Dániel Dezső Dóra Edina Emese Endre Enikő Erzsébet Eszter "
    "Ferenc Gábor Gergely Géza Gizella György Gyula Henrietta Ildikó Ilona Imre István János Jenő Judit Kálmán Károly Katalin "
    "Kinga Klára Krisztina Lajos László Levente Magdolna Margit Márta Márton Mátyás Mihály Mónika Nándor Noémi Orsolya Ottó Pál "
    "Piroska Réka Rózsa Sándor Szabolcs Szilvia Tamás Terézia Tibor Tímea Tünde Vilmos Zita Zoltán Zsófia Zsolt Zsuzsanna "
    "Aðalbjörg Agnar Ágústa Andri Ari Arnar Árni Ásdís Ásta Auður Baldur Birgir Birna Bjarki Bjarni Björk Bryndís Dagný Davíð Edda "
    "Einar Elín Erla Eyþór Finnur Friðrik Gísli Guðbjörg Guðmundur Guðrún Gunnar Halla Halldór Hallgrímur Haukur Helgi Hildur Hjálmar "
    "Hlynur Hrafn Hulda Inga Ingibjörg Ingólfur Ívar Jóhanna Jón Jökull Kári Katrín Ketill Kolbrún Kristín Kristján Magnea Magnús "
    "Njáll Óðinn Ólafur Ólöf Ómar Örn Páll Ragna Ragnar Ragnheiður Rakel Rúnar Sæmundur Sigríður Sigrún Sigurður Skúli Snorri Sólveig "
    "Stefán Steinunn Sunna Svanhvít Sverrir Þórdís Þórunn Þorsteinn Unnur Valgerður Vigdís Viktor Ýmir "
    "Aajunnguaq Aqqaluk Aviaja Inuk Ivalu Malik Minik Naja Nivi Nuka Paarma Pilunnguaq Pipaluk Sikkersoq Uiloq Ulrikke Ungaaq "
    "Aidan Aileen Ailsa Alasdair Angus Aoife Blair Caitriona Callum Catriona Ciara Cillian Cormac Craig Deirdre Donnchadh Dougal "
    "Eilidh Eimear Euan Ewan Ewen Fergus Fiona Finlay Gavin Gillian Gregor Hamish Iain Innes Iona Isla Kirsty Lachlan Lorna Mairi "
    "Malcolm Mhairi Morag Muireann Murdo Niamh Oisin Orla Padraig Roisin Rory Ruaridh Saoirse Sinead Siobhan Sorcha Struan Tadhg "
    "Aarav Aditi Aditya Ajay Akash Akshay Alok Aman Amrita Anand Anil Anita Anjana Ankit Anupam Aparna Archana Arun Asha Ashok "
    "Avinash Bharat Bhavna Chandra Devendra Devika Dhruv Dinesh Divya Gaurav Gautam Geeta Girish Gopal Hari Harish Hema Indira Isha "
    "Ishaan Jaya Jitendra Jyoti Kamala Karan Kartik Kiran Krishna Kunal Lata Madhuri Mahesh Manish Manoj Meena Meera Mohan Mukesh "
    "Nandini Naresh Naveen Nikhil Nisha Nitin Padma Pallavi Pankaj Parvati Pradeep Prakash Pramod Prasad Preeti Radha Raj Rajan Rajeev "
    "Rakesh Ram Ramesh Rani Rashmi Rekha Ritu Rohit Sachin Sandeep Sandhya Sangeeta Sarita Satish Seema Shalini Shanti Shilpa Shiva "
    "Shreya Shruti Siddharth Smita Sonal Srinivas Subhash Sudha Sudhir Sujata Suman Sunil Sushma Swati Tanvi Tarun Uma Usha Vandana "
    "Varun Vasudha Venkat Vidya Vijay Vikas Vinay Vinod Vishal Vivek Yash "
    "Baraka Chiku Faraji Imani Jabari Jelani Kito Lulu Makena Neema Njeri Nyambura Odhiambo Onyango Wambui Wangari Zawadi Zuri Bongani "
    "Busisiwe Lindiwe Lerato Mandla Nkosana Nomvula Palesa Siyabonga Themba Thandiwe Vusi Zanele Zodwa Fatou Mamadou Moussa Ousmane "
    "Aminata Awa Binta Boubacar Cheikh Fanta Ibrahima Kadiatou Lamine Modou Oumar Salif Seydou "
    "Aino Aleksi Anneli Antero Eero Eeva Eino Elina Esko Hannele Hannu Harri Heikki Helmi Ilkka Jaakko Janne Jari Juhani Jukka Jussi "
    "Kaarina Kalle Kari Kirsi Lauri Liisa Maija Markku Matti Mika Minna Niko Olavi Outi Paavo Päivi Pekka Pentti Petri Pirjo Raimo Riitta "
    "Risto Sampo Sari Satu Seppo Sirpa Taina Tapani Tarja Teppo Tuomas Tuula Ulla Urho Väinö Veikko Vesa Ville "
    "Bjørn Dagfinn Eirik Frode Geir Gro Gudrun Håkon Halvor Harald Hege Ingeborg Ingrid Ivar Jorunn Kjell Kjersti Knut Magne Marit Nils "
    "Oddvar Olav Ragnhild Randi Reidar Rolf Ronny Rune Sigrid Siv Solveig Stein Svein Synnøve Terje Thorbjørn Tor Torbjørn Torill Tove "
    "Trond Trygve Turid Unni Vidar Åse Øystein Øyvind Åke Anders Annika Arvid Birgitta Björn Britt Elsa Gösta Göran Gunilla Håkan Hjalmar "
    "Inger Ingemar Kerstin Lennart Lisbeth Maj Mats Märta Nils Olle Pernilla Ragnar Rune Sixten Sören Stig Sven Torsten Ulf Viveka Yngve"
).split()
LAST: Final = (
    "Abadi Abboud Abdi Aboud Ahmadi Almasi Ansari Antar Arafat Asfour Atiyeh Awad Ayoub Azizi Baba Badawi Bahar Baghdadi Bakir Basara "
    "Bishara Boulos Bouzid Cham Daher Darwish Deeb Fakhoury Farahani Faraj Fares Gerges Ghanem Ghattas Guirguis Hajjar Hakimi Halabi Hamdan "
    "Hanania Harb Hashemi Hosseini Issa Jaber Jafari Jawahiri Kanaan Karimi Kassab Kattan Khalil Khoury Koury Maalouf Mahdavi Maroun Masih "
    "Mifsud Mikhail Mohammadi Moradi Morcos Mousavi Mubarak Mustafa Nader Nahas Najafi Najjar Nassar Nazari Qasemi Quraishi Rahimi Rezaei "
    "Saba Sabbag Sadeghi Saeedi Said Salib Saliba Samaha Sarkis Sayegh Sayyid Seif Shadid Shalhoub Shamon Shirazi Tabatabaei Tahan Tannous "
    "Tehrani Toma Totah Touma Wehbe Yazdani Zaman Zogby "
    "Bai Bian Cai Cao Chang Cheng Chiang Chou Cui Dai Deng Ding Dong Du Duan Fan Fang Feng Fu Gan Ge Geng Gong Gu Guan Han Hao Hou Hsiao "
    "Hsieh Hsu Jia Jiang Jin Kong Kuo Lai Lei Liang Liao Long Lu Luo Lü Mao Mei Meng Mo Mu Ning Niu Ou Pan Pang Peng Qi Qian Qiao Qin Qiu "
    "Ren Shao Shen Shi Song Su Tang Tao Teng Tian Tsai Tseng Tung Wan Wei Wen Weng Xia Xiang Xiao Xie Xiong Xue Yan Yao Ye Yi Yin Ying You "
    "Yu Yuan Yue Zeng Zhai Zhan Zheng Zhong Zou Zuo Bach Banh Cao Chau Chu Diep Dinh Doan Duong Ha Ho Huynh Kieu La Lam Lieu Luong Luu Ly "
    "Mac Mai Ngo Ninh Nghiem Phung Quach Ta Tang Thach Thai Than Tieu To Ton Trieu Trinh Truong Vinh Vuong "
    "Abe Adachi Akiyama Ando Aoki Arai Asano Baba Chiba Endo Fujii Fujimoto Fujita Fukuda Goto Hamada Hara Harada Hasegawa Hashimoto Hayashi "
    "Hirano Honda Ichikawa Iida Iijima Ikeda Imai Inoue Ishida Ishii Ishikawa Iwasaki Kaneko Kawaguchi Kawakami Kikuchi Kimura Kinoshita Kondo "
    "Kubo Kudo Maeda Maruyama Matsuda Matsui Matsumoto Matsuo Miura Miyamoto Miyazaki Mori Morita Murakami Murata Nagai Nakagawa Nakajima "
    "Nakano Nakayama Nishimura Noguchi Nomura Ogawa Okada Okamoto Ono Ota Otsuka Saito Sakai Sakamoto Sano Sasaki Sato Shibata Shimada Shimizu "
    "Sugawara Sugiyama Takada Takagi Takeda Takeuchi Tamura Taniguchi Uchida Ueda Ueno Wada Yamada Yamaguchi Yamazaki Yano Yokoyama "
    "Abara Achebe Adichie Afolayan Agu Aguda Akabueze Akinjide Amadi Anene Anyanwu Azikiwe Bankole Chibuzo Chukwu Diallo Ekwueme Emecheta Enwonwu "
    "Ezekwesili Fagbemi Igwe Iheanacho Ihejirika Ike Iwu Kanu Mbadiwe Mbakwe Nduka Nnadi Nwachukwu Nwankwo Nwokolo Obasanjo Obi Obiora Odili "
    "Ogbonna Ojukwu Okeke Okereke Okoro Okoye Olawale Onwudiwe Onyejekwe Opara Osadebe Soyinka Ugwu Uzor Abraha Araya Asfaha Asmerom Berhe "
    "Debesay Fessehaye Gebremariam Gebreselassie Ghebremedhin Habte Kahsay Kelati Kiflom Mebrahtu Mengistu Okbay Semere Teklemariam Tewolde "
    "Tsegai Weldu Woldu Yemane Zerai Bah Barry Camara Cissé Coulibaly Diop Fall Fofana Gueye Jallow Keita Konaté Mbaye Ndiaye Sall Sarr Sow "
    "Sy Sylla Touré Traoré Kariuki Kiplagat Kimani Maina Muthoni Ndungu Omondi Otieno Wekesa Botha Coetzee Khumalo Mabaso Mahlangu Naidoo "
    "Ndlovu Nel Pillay Radebe Sithole Steyn Venter Zulu "
    "Boonsong Chaiyasit Charoen Jaidee Kaewkamol Kittisak Kongsangchai Maneewan Ngamsom Panyarachun Prasit Rattanaporn Saetang Saengdao Shinawatra "
    "Sombat Srisai Sukhum Suwan Thongchai Wattanapong Wongsawat "
    "Golob Hribar Jereb Kastelic Kavčič Klemenčič Kos Košir Kotnik Kovač Kralj Krajnc Lah Medved Mlakar Novak Oblak Petek Pirc Potočnik Rozman "
    "Rupnik Sever Turk Vidmar Zajc Zupan Zupančič Žagar Babić Barišić Blažević Filipović Grgić Jurić Knežević Kovačević Lončar Marić Marković "
    "Matić Pavić Perić Šarić Šimić Tomić Vuković Balla Balog Barta Bíró Bodnár Bognár Fazekas Fehér Fekete Fodor Gál Gulyás Halász Hegedűs Illés "
    "Juhász Katona Kelemen Kocsis Lakatos Lukács Magyar Major Mészáros Orosz Oláh Orbán Papp Rácz Sárközi Simon Sipos Somogyi Szabó Szalai Szekeres "
    "Szücs Takács Váradi Varga Vass Veres Vörös Antonsen Aagaard Berthelsen Broberg Egede Fleischer Heilmann Kleist Kreutzmann Lynge Motzfeldt "
    "Olsvig Petrussen Rosing "
    "Jónsson Jónsdóttir Sigurðsson Sigurðardóttir Guðmundsson Guðmundsdóttir Gunnarsson Gunnarsdóttir Ólafsson Ólafsdóttir Magnússon Magnúsdóttir "
    "Einarsson Einarsdóttir Kristjánsson Kristjánsdóttir Björnsson Björnsdóttir Stefánsson Stefánsdóttir Jóhannsson Jóhannsdóttir Árnason "
    "Árnadóttir Bjarnason Bjarnadóttir Helgason Helgadóttir Halldórsson Halldórsdóttir Pétursson Pálsson Ragnarsson Þorsteinsson "
    "Abercrombie Aitken Buchanan Cairns Carmichael Colquhoun Cumming Dalgleish Drummond Dunbar Farquhar Farquharson Ferguson Galbraith Geddes "
    "Gillespie Kilpatrick Kinnaird Laird Lockhart Macaulay Macdonald Macdougall Macfarlane Macgregor Mackay Mackenzie Maclean Macleod Macpherson "
    "Menzies Muirhead Ogilvie Rutherford Sinclair Strachan Urquhart Wemyss "
    "Acharya Anand Arora Babu Bajaj Balakrishnan Bansal Basu Bedi Bhagat Bhalla Bhat Bhatia Bhatt Bose Chadha Chakraborty Chandra Chauhan Chawla "
    "Chopra Das Datta Deshmukh Deshpande Dhawan Dixit Dube Dutta Gandhi Ganguly Ghosh Gill Gokhale Goswami Grewal Gupte Iyengar Jain Jha Kapadia "
    "Kaur Kaul Khanna Khatri Khurana Kulkarni Lal Mahajan Malhotra Mani Menon Mishra Mistry Mittal Modi Mohan Murthy Nagarajan Naik Nanda Nayak "
    "Pandey Pandya Parikh Pathak Pillai Prabhu Prasad Puri Rajan Raman Ramaswamy Rana Rangan Rastogi Rathore Saha Saini Sarkar Saxena Sen Sethi "
    "Shah Shetty Shukla Sinha Sodhi Solanki Srinivasan Srivastava Subramaniam Swamy Talwar Tandon Thakur Tiwari Trivedi Upadhyay Varghese Vaidya "
    "Venkatesan Vyas Wadhwa Yadav "
    "Achterberg Bakker Beekman Blom Boer Bosch Brouwer Bruin Dekker Dijkstra Driessen Evers Gerritsen Groen Groot Haan Hendriks Hoekstra Huisman "
    "Jacobs Jansen Janssen Jonker Kok Koster Kuiper Kuipers Kramer Leeuwen Maas Meijer Mulder Peters Postma Prins Schouten Scholten Smeets Smit "
    "Timmermans Veenstra Verbeek Verhoeven Vermeulen Visser Vries Vroom Wal Willems Wit Wouters Zwart Zijlstra Eikenboom Haverkamp Kloosterman"
).split()
ORGS: Final = (
    "Accenture|Adobe|AECOM|Aetna|Airbus|Alcoa|Allianz|Allstate|Alphabet|Altria|Anheuser-Busch|Anthem|ArcelorMittal|AstraZeneca|Aviva|AXA|"
    "BASF|Bayer|Bechtel|Berkshire Hathaway|Best Buy|BHP|BlackRock|Boeing|Bombardier|Boston Scientific|Bridgestone|Bristol-Myers Squibb|Broadcom|"
    "Cadbury|Canon|Capgemini|Capital One|Cardinal Health|Cargill|Carnival|Caterpillar|Centene|CenturyLink|Chevron|China Mobile|Chrysler|Chubb|"
    "Cigna|Cintas|Cisco|Citigroup|Clorox|Coca-Cola|Cognizant|Colgate-Palmolive|ConocoPhillips|Continental|Corning|Credit Suisse|CVS Health|"
    "Daimler|Danaher|Dell|Deloitte|Diageo|Dow Chemical|Duke Energy|DuPont|E.ON|Eastman Kodak|eBay|Electrolux|Electronic Arts|Eli Lilly|Emerson|"
    "Endesa|Enel|Eni|Equinor|Ernst & Young|Estée Lauder|Etsy|Expedia|Exxon|ExxonMobil|Facebook|Fannie Mae|Ferrari|Fiat|Ford|Ford Motor|Foxconn|"
    "Fujitsu|Gap|Gazprom|General Dynamics|General Electric|General Mills|General Motors|Genentech|Generali|Gilead|GitHub|GitLab|GlaxoSmithKline|"
    "Glencore|Goodyear|Groupon|Halliburton|Harley-Davidson|Hasbro|Hershey|Hewlett-Packard|Hilton|Hitachi|Home Depot|Honeywell|Huawei|Humana|"
    "Hyundai|Iberdrola|ING|Infosys|Instagram|Intuit|Itaú|Johnson & Johnson|JP Morgan|JPMorgan Chase|Kellogg|KFC|Kia|Kimberly-Clark|Kodak|KPMG|"
    "Kraft Heinz|Kroger|L'Oréal|Lego|Lenovo|LG|Liberty Mutual|Lockheed Martin|Lowe's|Lukoil|LVMH|Maersk|Marriott|Mars|Mattel|McDonald's|McKinsey|"
    "Medtronic|Mercedes-Benz|Merck|MetLife|Michelin|Micron|Mitsubishi|Mitsui|Mondelez|Monsanto|Moody's|Motorola|Mozilla|Nasdaq|Nationwide|NEC|"
    "New York Life|Nintendo|Nissan|Nomura|Nordstrom|Northrop Grumman|Novartis|Novo Nordisk|Nvidia|Olympus|OpenAI|Oxford University Press|Palantir|"
    "Panasonic|PayPal Holdings|Pepsi|PepsiCo|Petrobras|PetroChina|Peugeot|Pfizer|Philip Morris|Pinterest|Pirelli|Pizza Hut|Porsche|Procter & Gamble|"
    "Progressive|Prudential|Publix|PwC|Qualcomm|Raytheon|Red Hat|Reddit|Renault|Repsol|Ricoh|Rio Tinto|Roche|Rolls-Royce|Rosneft|Ryder|Saab|Safeway|"
    "Salesforce|SanDisk|Sanofi|SAP|Saudi Aramco|Schlumberger|Sears|Sharp|Sherwin-Williams|Sinopec|Skype|Slack|Snapchat|SoftBank|Southwest Airlines|"
    "SpaceX|Sprint|Square|Staples|Starbucks|State Farm|Statoil|Subaru|Subway|Sumitomo|Suzuki|Swisscom|Sysco|Tata|Tata Motors|Telefónica|Telstra|Tesla|"
    "Texas Instruments|ThyssenKrupp|Toshiba|TotalEnergies|Travelers|Tyson Foods|UBS Group|Under Armour|UniCredit|Union Pacific|United Airlines|"
    "UnitedHealth|Vale|Valero|Viacom|Vimeo|Visa Inc|Vivendi|Volvo|Walgreens|Wayfair|Western Digital|Westinghouse|Whirlpool|Whole Foods|Wipro|"
    "Woolworths|WordPress|Xerox|Xiaomi|Yahoo|Yamaha|Yelp|YMCA|Zalando|Zillow|Zoom|ZTE|"
    "ABC News|Al Jazeera|Associated Press|Bloomberg|CBS|ESPN|Financial Times|Fox News|HBO|Hulu|Le Monde|MSNBC|MTV|NBC|NPR|PBS|Sky News|"
    "The Economist|The Times|The Wall Street Journal|The Washington Post|USA Today|Vogue|Wired|Rolling Stone|Wikipedia|Encyclopaedia Britannica|"
    "Arsenal|Chelsea|Liverpool FC|Manchester United|Real Madrid|FC Barcelona|Bayern Munich|Juventus|the Lakers|the Yankees|the Red Sox|the Cubs|"
    "the Patriots|the Celtics|the Knicks|the Cowboys|the Dodgers|NBA|NFL|NHL|FIFA|UEFA|the Olympic Committee|"
    "the Senate|the House of Lords|Parliament|Congress|the Supreme Court|the Pentagon|the White House|the Kremlin|the Treasury|the Federal Reserve|"
    "the European Commission|the European Central Bank|the World Health Organization|WHO|OECD|OPEC|WTO|Interpol|Europol|the EPA|the FDA|the SEC|the NSA|"
    "the Home Office|the Met Office|Scotland Yard|the Department of Justice|the Department of Defense|the Labour Party|the Republican Party|"
    "the Democratic Party|the Green Party|Doctors Without Borders|Habitat for Humanity|the Salvation Army|Save the Children|World Wildlife Fund|"
    "the Gates Foundation|the Rotary Club|Rotary International|Lions Club|Boy Scouts of America|the Vatican|the Church of England|"
    "Stanford|Stanford University|Princeton|Columbia University|Cornell|Brown University|Dartmouth|Duke University|Cambridge|Imperial College London|"
    "ETH Zurich|Sorbonne|McGill|Heidelberg University|Kyoto University|Tsinghua University|Peking University|Johns Hopkins|Mayo Clinic|"
    "Charité|Mount Sinai|Cedars-Sinai|Massachusetts General Hospital|Great Ormond Street Hospital|British Airways|Air France|Emirates|Qantas|"
    "Singapore Airlines|Cathay Pacific|American Airlines|JetBlue|easyJet|Wizz Air|Iberia|Alitalia|Turkish Airlines|Finnair|SAS|Aeroflot|Amtrak|"
    "Deutsche Bahn|Greyhound|Hertz|Avis|Europcar|Booking.com|Tripadvisor|Deliveroo|Just Eat|DoorDash|Instacart|Ocado|Marks & Spencer|John Lewis|"
    "Sainsbury's|Waitrose|Boots|Argos|Primark|Next|Debenhams|Macy's|Kohl's|JCPenney|Trader Joe's|Wegmans|Walgreen|Rite Aid|7-Eleven|Decathlon|"
    "Leroy Merlin|MediaMarkt|Rewe|Edeka|dm|Rossmann|Mercadona|El Corte Inglés|Auchan|Fnac|Galeries Lafayette|ING Direct|Rabobank|ABN AMRO|KBC|BBVA|"
    "CaixaBank|Sabadell|Bankinter|Intesa Sanpaolo|Société Générale|Crédit Mutuel|Nordea|Danske Bank|Swedbank|Handelsbanken|DNB|Sberbank|ICICI Bank|"
    "HDFC|State Bank of India|Standard Chartered|Royal Bank of Scotland|Royal Bank of Canada|Scotiabank|TD Bank|Westpac|ANZ|Commonwealth Bank|"
    "Bank of America|Bank of England|US Bank|PNC|Charles Schwab|Fidelity|Vanguard|American Airlines Group|Western Union|MoneyGram|TransferWise|N26"
).split("|")
STREET_SUFFIXES: Final = (
    "straße strasse str. weg gasse platz allee ring damm ufer steig graben hof berg straat laan plein gracht kade dijk singel gatan vägen stigen "
    "backen gränd gade vej stræde allé vænget toften katu tie polku kuja veien gata vegen bakken lia utca stígur stræti vangur gerði vegur braut gata"
).split()
STREETS_BEFORE: Final = (
    "rue|rue de|rue du|rue des|avenue|avenue de|boulevard|place|place de la|chemin|chemin du|impasse|quai|allée des|route de|cours|"
    "Calle|Calle de|Avenida|Avda.|Avenida de|Paseo de|Plaza|Camino|Carrer de|C/|Ronda|Via|Viale|Corso|Piazza|Largo|Vicolo|Via del|"
    "Rua|Rua de|Rua do|Avenida|Travessa|Praça|Largo|ul.|ulica|al.|os.|Ulica|Cesta|ulice|náměstí|Calea|Strada|Bulevardul|Jalan|Jl."
).split("|")
STREETS_AFTER: Final = (
    "utca|út|tér|körút|u.|ulica|cesta|ulice|náměstí|Caddesi|Sokak|tie|katu|polku|väg|gränd|Allé|Vej|Plads|Alle|Weg|Platz|Straße"
).split("|")
WITH: Final = r"""
the contract between {o} and {o} ends on {d}
{o} has raised its prices again
a spokeswoman of {o} declined to comment
shares of {o} closed at {m}
{o} recalls {i} cars because of a fault
she interned at {o} before joining {o}
he is a {j} at {o}, based in {c}
our supplier {o} from {c} delivers on mondays
please forward the quote to {o}, attention {p}
the merger of {o} with {o} was blocked in {k}
I left {o} after nine years to work as a {j} for {o}
{o} sponsors the team
the {o} building on {s} burned down
my pension is managed by {o}
which bus goes to {o}
the scholarship is paid by {o}
{p}, {g}, a {j} from {c}, won the first prize
{p}, {g}, of {c}, was charged on {d}
{p} ({g}) and {p} ({g}) were hurt near {c}
the {g} {j} {p} moved from {c} to {c}
police in {c} are looking for {p}, {g}
{p} is survived by {f}, {f} and {f}
funeral services for {p} will be held in {c}
the band {o} plays in {c} on {d}
the {n} team beat {c} two to one
{l} passed to {l}, who scored
{l} said {l} would not resign
{l} and {l} share the lead
{l} v. {l}
{l} et al.
see {l} and {l}, page {i}
as {l} has shown, the {w} is {w}
{l}'s theory of {w}
the {l} family owns half of {c}
the {l} brothers opened {o}
Ms {l} teaches {w} in {c}
{t}, {j} at {o}, wrote the foreword
the award goes to {t} of {o}
lecture by {t}, {o}, {c}
{p}\n{j}\n{o}\n{a}\n{h}\n{e}
{p}\n{a}
{p}\n{o}\n{a}
{o}\n{p}\n{a}
{f} {l} {e} {h}
{e} {p} {c}
{i} {p} {c} {k}
{l} {i} {c}
name {p} city {c} country {k}
first name: {f}\nlast name: {l}\naddress: {a}\nphone: {h}
Name: {p}, Age: {g}, City: {c}
Customer name {p}\nCustomer since {d}\nBranch {c}
Employee {p}, {o}, joined {d}
Tenant: {p}\nProperty: {a}
Sender: {p}, {s}, {c}\nRecipient: {p}, {a}
Shipped from {c} to {c}, {k}
Place of birth: {c}
Citizenship: {n}
Country of residence: {k}
Issued in {c} on {d}
Witness: {p}
Guardian: {p}, {h}
Next of kin: {f} {l} ({h})
Passenger {l}/{f}
Guest: {p}, room {i}
hi {f}, it's {f} from {o}, call me back at {h}
hey {f}, are you coming to {c} this weekend
can {f} pick up {f} at {s}
{f} and I are staying at {o} in {c}
we flew with {o} via {c}
our flight from {c} was diverted to {c}
I was born in {c} but raised in {c}
I grew up in a village near {c}
my parents come from {c} in {k}
my family name is {l}, my given name {f}
my full name is {f} {f} {l}
you can find me as {p} on {o}
you have me down as {p} but it should be {p}
spell my surname {l} please
I go by {f}, though my passport says {p}
my ex-husband {p} still gets my mail
my flatmate {f} took the parcel
the neighbours, {p} and {p}, heard it too
my lawyer is {p} of {o}
I was treated by {t} at {o}
{t} from {o} referred me to {t}
my therapist {p} moved to {s}
the invoice went to {p} at {a}
deliver to {p}, {s}, {c} {i}
please update my residence: {a}
we have moved! new address: {a}
I now live on {s} in {c}
I used to live at {s}
my landlord lives at {a}
the registered office of {o} is {a}
head office: {a}
{a} is where I live
{a} - is that right
is it {s} or {s}
corner of {s} and {s}
between {s} and {s}
the pharmacy next to {s}
a flat in {c} near {s}
go down {s} until you see {o}
mail goes to {a} until {d}
send {i} boxes to {a}
the driver could not find {a}
I need a taxi from {s} to {s}
what is the zip code of {c}
is {c} in {k}
does {o} deliver to {c}
{c} is where I was born
{c} has changed a lot
I have never been to {c}
I miss {c}
we drove through {c}, {c} and {c}
{c} calling
the {c} branch
the {c} office of {o}
the {c} to {c} line
a {c}-based company
{c} residents complain about {o}
rent in {c} is too high
the mayor of {c}, {p}, opened {o}
governor {l} of {c}
the president of {k}, {p}, visited {c}
{k}'s minister {p} and {k}'s {p} talked for hours
refugees from {k} arrived in {c}
the embassy of {k} in {c}
a war between {k} and {k}
imports from {k} fell
I speak {n} and a little {n}
an {n} in {c}
a novel by {p}, published by {o}
{p} wrote {w}, {w} and {w}
{p} painted it in {c} in {d}
{p} sings, {p} plays the drums
featuring {p}, {p} and {p}
hosted by {p} on {o}
follow {p} and {p}
RT {p}: {w} {w}
"{w} {w}", asks {p}
{p} - {w} {w}
{p}: {w} {w}
{p} said: "{w} {w} {w}"
{p} replied that {p} knew
{p} told {p} to call {p}
{p} married {p} in {c}
{p} owes {p} {m}
{p} sold {o} to {p}
{p} sued {o}
{p} thanks {p}
{p} left {o}
{p} from {o}
{p} of {o}
{p} at {o}
{p} in {c}
{p} with {p}
I am {p}'s {w}
I know {p}
I met {f} {l} in {c}
I blame {p}
I admire {p} a lot
is {p} your real name
is it true that {p} left {o}
was {p} ever in {c}
did {p} reply
what happened to {p}
what did {p} say about {o}
why is {o} so slow
why is {f} angry
how tall is {p}
how old is {p}
how rich is {p}
where can I see {p}
when did {p} die
when was {o} founded
which {w} did {p} win
whose idea was it, {f}'s or {f}'s
let's ask {p}
let's meet at {o}
let's go to {c}
look, {f}, I tried
no, {f}
sorry {f}
well done {f}
happy birthday {f}
congratulations to {p}
love, {f}
yours, {f} {l}
sent by {p} from {o}
forwarded by {p}
regards {f} {l} {j} {o}
my boss {p} approved it
ordered by {p}, paid by {p}
approved by {l}, {f}
checked by {f} {l} on {d}
driver {p}, plate {i}
mechanic: {p}
coach {p} and captain {l}
player {p} joins {o} from {o}
the couple, {p} and {p}, live in {c}
the twins {f} and {f} {l}
little {f} is {g}
{f} is {g} and {f} is {g}
{f} turns {i} on {d}
{f} {l} was last seen on {s}
""".strip().splitlines()
WITHOUT: Final = r"""
the third of may nineteen eighty
it was on the second of june
I'm twenty nine years old
on a scale from one to ten
I'll have the soup of the day
The Quick Start Guide
Unfortunately, the order was cancelled.
However, nobody answered.
Yesterday I tried twice.
Honestly, it is too slow.
Nothing works anymore!
Everything was fine until Monday.
Somebody stole my wallet on the bus.
Great service!
Terrible experience.
Absolutely not.
Never again!
Waiting since Tuesday.
Refund please.
Help!!!
The new Update broke my Phone
my Mum and my Dad
My Son has an Account
I need the Invoice for the last Order
Can You Help Me With My Card
Sent from my phone
Best wishes
Many thanks in advance
Thanks and regards
Out of office
Re: your order {i}
Fwd: Invoice {i}
Subject: {y}
Date: {d}
Amount due: {m}
Due date: {d}
Total: {m}
Qty {i} x {m}
Page {i} of {i}
Version {i}
Step {i}: {w} the {w}
Note: {w} {w}
Warning: do not {w} the {w}.
Section {i}, paragraph {i}
Table {i}
Article {i} of the agreement
I am {g}
my grandmother is {g}
children under {g} travel free
the {w} is {i} metres {w}
Tech support
Human Resources
Sales Department
Front Desk
Reception
Emergency Room
General Manager
Vice President
Managing Director
Senior {j}
{j} wanted
hiring a {j}
The {j} and the {j} agreed.
Good Morning Sir
Dear Customer
Dear Team
Hello Everyone
Hi Guys
Happy New Year
God bless you
Oh My God
I love You
The Sun, the Moon and the Stars
Mother's Day
Black Friday
Spring Sale
Winter is cold
North of the river
East or West
the Internet is slow
the Moon landing
Chapter {i}: {y}
{y}?
{y}!
"{y}"
'{y}' does not open
I watched {y} last night
press {y}
choose {y} in the menu
error: {y}
what does {y} mean
""".strip().splitlines()
